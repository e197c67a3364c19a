import { test } from '@japa/runner'
import { IntegrityError, PermanentError, Refused, TransientError } from '#errors'
import { replyFor, textOf } from '../../../mail-gateway/smtp/reply.ts'
import { outgoingPolicy } from '../../../mail-gateway/smtp/session_policy.ts'

const inside = { trusted: true, hasDomain: true }
const command = (address: string, smtpUtf8 = false, parameters: string[] = []) => ({
  address,
  smtpUtf8,
  parameters,
})

test.group('Session policy, outgoing', () => {
  test('outside nothing is relayed, whoever asks', ({ assert }) => {
    const outside = { trusted: false, hasDomain: true }
    for (const address of ['', 'me@firm.example', 'x@elsewhere.example', 'broken']) {
      assert.equal(outgoingPolicy.mail(outside, command(address))?.enhanced, '5.7.1')
      assert.equal(outgoingPolicy.recipient(outside, command(address))?.enhanced, '5.7.1')
    }
    assert.isFalse(outgoingPolicy.takesBareNewlines(outside))
    assert.isTrue(outgoingPolicy.takesBareNewlines(inside))
  })

  test('{address} is {enhanced}')
    .with([
      { address: 'client@example.net', enhanced: undefined },
      { address: 'Client.Name+tag@Sub.Example.NET', enhanced: undefined },
      { address: 'a..b.@docomo.example', enhanced: undefined },
      { address: 'client@xn--bcher-kva.example', enhanced: undefined },
      { address: 'client@[192.0.2.1]', enhanced: undefined },
      { address: 'POSTMASTER', enhanced: undefined },
      { address: `${'x'.repeat(242)}@example.net`, enhanced: undefined },
      { address: `${'x'.repeat(243)}@example.net`, enhanced: '5.1.3' },
      { address: 'client', enhanced: '5.1.3' },
      { address: '@example.net', enhanced: '5.1.3' },
      { address: 'client@', enhanced: '5.1.3' },
      { address: 'client@example.net.', enhanced: '5.1.3' },
      { address: 'client@example..net', enhanced: '5.1.3' },
      { address: 'client@exa_mple!.net', enhanced: '5.1.3' },
      { address: 'client@[example]', enhanced: '5.1.3' },
      { address: 'cl\ufffdire@example.net', enhanced: '5.1.3' },
      { address: 'jörg@example.net', enhanced: '5.6.7' },
      { address: 'client@bücher.example', enhanced: '5.6.7' },
    ])
    .run(({ assert }, { address, enhanced }) => {
      assert.equal(outgoingPolicy.recipient(inside, command(address))?.enhanced, enhanced)
    })

  test('SMTPUTF8 opens addresses beyond ASCII', ({ assert }) => {
    assert.isNull(outgoingPolicy.recipient(inside, command('jörg@bücher.example', true)))
    assert.isNull(outgoingPolicy.mail(inside, command('jörg@bücher.example', true, ['SMTPUTF8'])))
  })
})

test.group('Replies', () => {
  test('transient failures ask to come again, permanent ones do not', ({ assert }) => {
    const of = (error: unknown) => textOf(replyFor(error)).split(' ')[0]
    assert.equal(of(new TransientError('E_DISK_FULL', 'x')), '4.3.1')
    assert.equal(replyFor(new TransientError('E_DISK_FULL', 'x')).code, 452)
    assert.equal(of(new TransientError('E_BUSY', 'x')), '4.3.0')
    assert.equal(of(new IntegrityError('E_BROKEN', 'x')), '4.3.0')
    assert.equal(of(new Error('unforeseen')), '4.3.0')
    assert.equal(of('thrown text'), '4.3.0')
    assert.equal(of(new PermanentError('E_TOO_LARGE', 'x')), '5.3.4')
    assert.equal(of(new PermanentError('E_LOOP', 'x')), '5.4.6')
    assert.equal(of(new PermanentError('E_BARE_NEWLINE', 'x')), '5.6.11')
    assert.equal(of(new Refused('E_POLICY', 'x')), '5.7.1')
  })

  test('never say what happened inside', ({ assert }) => {
    const error = new TransientError('E_BUSY', 'database /secret/path is locked')
    assert.notInclude(textOf(replyFor(error), 'abc'), 'secret')
    assert.match(textOf(replyFor(error), 'abc'), /\(reference abc\)$/)
  })
})
