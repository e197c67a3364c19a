import { test } from '@japa/runner'
import { anonymous, codesOf } from '../../../app/anonymous.ts'
import { loggedError } from '../../../app/logged_error.ts'

test.group('What the log may hold', () => {
  test('{text}')
    .with([
      { text: 'no such user <anna.berger@example.net>', told: 'no such user <[address]>' },
      { text: 'RCPT TO:<jörg@müller.example> failed', told: 'RCPT TO:<[address]> failed' },
      { text: '"anna berger"@example.net is full', told: '[address] is full' },
      { text: 'a@b.example, c@d.example', told: '[address], [address]' },
      { text: 'GET /d/Abc-123_x/code failed', told: 'GET /d/[token] failed' },
      { text: 'POST /einladung/Abc-123_x failed', told: 'POST /einladung/[token] failed' },
      { text: 'nothing to hide: 550 5.1.1', told: 'nothing to hide: 550 5.1.1' },
    ])
    .run(({ assert }, { text, told }) => assert.equal(anonymous(text), told))

  test('of errors names nobody, in message, stack and cause', ({ assert }) => {
    const cause = new Error('550 <anna@example.net> unknown')
    const logged = JSON.stringify(loggedError(new Error('to anna@example.net', { cause })))
    assert.notInclude(logged, 'anna')
    assert.include(logged, 'unknown')
  })

  test('of the reply “{reply}” are its codes')
    .with([
      { reply: '550 5.1.1 <anna@example.net>: unknown', codes: '550 5.1.1' },
      { reply: '451-4.7.1 wait, Anna', codes: '451-4.7.1' },
      { reply: '421 too busy for Anna', codes: '421' },
      { reply: 'Anna is away', codes: 'no reply' },
    ])
    .run(({ assert }, { reply, codes }) => assert.equal(codesOf(reply), codes))
})
