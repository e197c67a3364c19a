import { Readable } from 'node:stream'
import { test } from '@japa/runner'
import fc from 'fast-check'
import { judge, readReply } from '../../../mail-gateway/relay/peer_reply.ts'
import { parseRelayUrl } from '../../../mail-gateway/relay/relay_url.ts'
import { nextAttempt } from '../../../mail-gateway/relay/retry_schedule.ts'
import { wire } from '#archive'

test.group('wire', () => {
  test('every kind of newline leaves as CRLF, wherever chunks are cut', async ({ assert }) => {
    const chunks = fc.array(
      fc
        .array(fc.constantFrom('\r', '\n', '\r\n', 'a', '.', '\0'), { maxLength: 5 })
        .map((pieces) => pieces.join('')),
      { maxLength: 8 }
    )
    await fc.assert(
      fc.asyncProperty(chunks, async (pieces) => {
        const source = Readable.from(pieces.map((piece) => Buffer.from(piece)))
        const out = Buffer.concat(await Array.fromAsync(wire(source))).toString()
        const expected = pieces.join('').replaceAll(/\r\n|\r|\n/g, '\r\n')
        assert.equal(
          out,
          expected === '' || expected.endsWith('\r\n') ? expected : `${expected}\r\n`
        )
      }),
      { numRuns: 500 }
    )
  })
})

test.group('Retry schedule', () => {
  test('grows from a minute to four hours, and ends within five days', ({ assert }) => {
    const start = new Date('2026-03-01T12:00:00Z')
    const delays: number[] = []
    let now = start
    for (let attempt = 1; ; attempt++) {
      const next = nextAttempt(attempt, now)
      if (!next) {
        break
      }
      delays.push((next.getTime() - now.getTime()) / 60_000)
      now = next
    }
    assert.equal(delays[0], 1)
    assert.deepEqual(
      delays,
      [...delays].sort((a, b) => a - b)
    )
    assert.equal(delays.at(-1), 240)
    const days = (now.getTime() - start.getTime()) / 86_400_000
    assert.isAtMost(days, 5)
    assert.isAbove(days, 4.8)
  })
})

test.group('Relay URL', () => {
  test('{url}')
    .with([
      { url: 'smtp://mail.example', host: 'mail.example', port: 25, tls: 'opportunistic' },
      {
        url: 'smtp://mail.example:587/?tls=required',
        host: 'mail.example',
        port: 587,
        tls: 'required',
      },
      { url: 'smtps://mail.example', host: 'mail.example', port: 465, tls: 'implicit' },
      { url: 'smtp://[::1]:2525', host: '::1', port: 2525, tls: 'opportunistic' },
    ])
    .run(({ assert }, { url, ...expected }) => {
      assert.deepEqual(parseRelayUrl(url), { ...expected, auth: null } as ReturnType<
        typeof parseRelayUrl
      >)
    })

  test('user and password may have any character', ({ assert }) => {
    assert.deepEqual(parseRelayUrl('smtp://me%40firm:p%3Aw%2F@h').auth, {
      user: 'me@firm',
      pass: 'p:w/',
    })
  })

  test('refuses {$self}')
    .with([
      'mail.example',
      'http://mail.example',
      'smtp://',
      'smtp://h?tls=maybe',
      'smtp://h?ssl=1',
      'smtps://h?tls=required',
      'smtp://h/path',
      'smtp://user@h',
    ])
    .run(({ assert }, url) => {
      assert.throws(() => parseRelayUrl(url), /RELAY_URL/)
    })
})

test.group('Replies of a peer', () => {
  test('{code} {enhanced}: {reply}')
    .with([
      {
        response: '250 2.0.0 Ok: queued',
        code: 250,
        enhanced: '2.0.0',
        reply: '250 2.0.0 Ok: queued',
      },
      {
        response: '550-5.1.1 No\n550 5.1.1 such',
        code: 550,
        enhanced: '5.1.1',
        reply: '550-5.1.1 No 5.1.1 such',
      },
      { response: '450 busy', code: 450, enhanced: null, reply: '450 busy' },
      { response: '554', code: 554, enhanced: null, reply: '554' },
      { response: '550 10.0.0.1 is bad', code: 550, enhanced: null, reply: '550 10.0.0.1 is bad' },
      { response: '550 5.1.1.1 odd', code: 550, enhanced: null, reply: '550 5.1.1.1 odd' },
    ])
    .run(({ assert }, { response, ...expected }) => {
      assert.deepEqual(readReply(response, 1000), expected)
    })

  test('{response} means {status}')
    .with([
      { response: '450 4.2.0 later', status: 'deferred' },
      { response: '550 5.1.1 no', status: 'failed' },
      { response: '421 4.3.2 bye', status: 'deferred' },
      { response: '530 5.7.0 Must issue a STARTTLS command first', status: 'deferred' },
      { response: '354 what', status: 'deferred' },
    ])
    .run(({ assert }, { response, status }) => {
      assert.equal(judge(Object.assign(new Error('x'), { response }), 1000).status, status)
    })
})
