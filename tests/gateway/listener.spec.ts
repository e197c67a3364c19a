import { setTimeout as pause } from 'node:timers/promises'
import { test } from '@japa/runner'
import fc from 'fast-check'
import { TransientError } from '#errors'
import { outgoingPolicy } from '../../mail-gateway/smtp/session_policy.ts'
import { collectingListener, networks } from '../collecting_listener.ts'
import { SmtpClient } from '../smtp_client.ts'
import { until } from '#tests/until'

/** Sockets that this process holds open. */
const sockets = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

const code = (error: unknown) => (error as { code?: string }).code

test.group('Listener, content', () => {
  test('keeps the envelope as the client gave it', async ({ assert, cleanup }) => {
    const at = new Date('2026-03-01T12:00:00Z')
    const listener = await collectingListener({ now: () => at })
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    await client.command('MAIL FROM:<Me@Firm.example> BODY=8BITMIME SMTPUTF8')
    await client.command('RCPT TO:<Client@xn--bcher-kva.example>')
    await client.command('RCPT TO:<blind@example.net>')
    await client.command('DATA')
    await client.command('Subject: x\r\n\r\n.')
    client.end()
    assert.deepEqual(listener.accepted[0]?.envelope, {
      mailFrom: 'Me@Firm.example',
      rcptTo: ['Client@xn--bcher-kva.example', 'blind@example.net'],
      clientAddress: '127.0.0.1',
      helo: 'client.example',
      smtpUtf8: true,
      bodyType: '8bitmime',
      receivedAt: at,
      trusted: true,
    })
  })

  test('an IPv4 client of a dual-stack listener is the IPv4 client it is', async ({
    assert,
    cleanup,
  }) => {
    const listener = await collectingListener({ host: '::' })
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port, '127.0.0.1')
    assert.match(await client.command('MAIL FROM:<me@firm.example>'), /^250 /)
    client.end()
    const other = await SmtpClient.open(listener.port, '::1')
    assert.match(await other.command('MAIL FROM:<me@firm.example>'), /^550 5\.7\.1 /)
    other.end()
  })

  test('what is archived is the wire after dot-unstuffing, over a real socket', async ({
    assert,
    cleanup,
  }) => {
    const listener = await collectingListener()
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    const piece = fc.constantFrom('\r\n', '\r', '\n', '.', '..', 'text', '\r\n..', '\0\xff')
    const message = fc.array(piece, { maxLength: 30 }).map((pieces) => `${pieces.join('')}\r\n`)
    const cuts = fc.array(fc.nat({ max: 60 }), { maxLength: 2 })
    await fc.assert(
      fc.asyncProperty(message, cuts, async (content, places) => {
        await client.data()
        const stuffed = `\r\n${content}`.replaceAll('\r\n.', '\r\n..').slice(2)
        let rest = Buffer.from(`${stuffed}.\r\n`, 'latin1')
        for (const place of places) {
          client.write(rest.subarray(0, place))
          rest = rest.subarray(place)
          await pause(1)
        }
        client.write(rest)
        assert.match(await client.reply(), /^250 2\.0\.0 /)
        assert.equal(listener.accepted.at(-1)?.content.toString('latin1'), content)
      }),
      { numRuns: 150 }
    )
    client.end()
  })

  test('nothing that looks like an end is one: the smuggled mail stays content', async ({
    assert,
    cleanup,
  }) => {
    const listener = await collectingListener()
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    const tricks = ['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r', '\r.\r\n', '\r\n.\r', '\r.\n', '\n.\r']
    tricks.push(
      '\n\n.\r\n',
      '\r\r\n.\r\r\n',
      '\n\r.\r\n',
      '\r\n.\0\r\n',
      '\r\n\0.\r\n',
      '\r\n. \r\n'
    )
    for (const trick of tricks) {
      await client.data()
      const smuggled = `MAIL FROM:<boss@firm.example>\r\nRCPT TO:<x@y.example>\r\nDATA\r\n`
      client.write(`Subject: x\r\n\r\nhi${trick}${smuggled}\r\n.\r\n`)
      assert.match(await client.reply(), /^250 2\.0\.0 /, JSON.stringify(trick))
      assert.include(listener.accepted.at(-1)?.content.toString(), smuggled)
      assert.equal(await client.command('NOOP'), '250 2.0.0 OK')
    }
    assert.lengthOf(listener.accepted, tricks.length)
    client.end()
  })

  test('bare newlines from outside are refused', async ({ assert, cleanup }) => {
    const listener = await collectingListener({
      trustedNetworks: networks('10.0.0.0/8'),
      policy: { ...outgoingPolicy, mail: () => null, recipient: () => null },
    })
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    for (const trick of ['\n.\r\n', '\r.\r\n', '\r\n.\n', '\n', '\r']) {
      await client.data()
      const reply = await client.command(`Subject: x\r\n\r\nhi${trick}x\r\n.`)
      assert.match(reply, /^550 5\.6\.11 /, JSON.stringify(trick))
    }
    await client.data()
    assert.match(await client.command('Subject: x\r\n\r\n..fine\r\n.'), /^250 2\.0\.0 1$/)
    assert.deepEqual(listener.failures.map(code), new Array(5).fill('E_BARE_NEWLINE'))
    client.end()
  })
})

test.group('Listener, refusals', () => {
  test('a message that grows over the limit is sunk and refused, and nothing of it kept', async ({
    assert,
    cleanup,
  }) => {
    const listener = await collectingListener({ maxMessageSize: 100_000 })
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    await client.data()
    client.write(`${`${'x'.repeat(998)}\r\n`.repeat(3000)}.\r\n`)
    assert.match(await client.reply(), /^552 5\.3\.4 /)
    assert.deepEqual(listener.failures.map(code), ['E_TOO_LARGE'])
    await client.data()
    client.write(`${'x'.repeat(99_998)}\r\n.\r\n`)
    assert.match(await client.reply(), /^250 2\.0\.0 1$/)
    await client.data()
    client.write(`${'x'.repeat(99_999)}\r\n.\r\n`)
    assert.match(await client.reply(), /^552 5\.3\.4 /)
    client.end()
  })

  test('what accept() throws decides the reply, and the log knows why', async ({
    assert,
    cleanup,
  }) => {
    const causes = [
      { error: new TransientError('E_DISK_FULL', 'no room on /secret'), reply: /^452 4\.3\.1 / },
      { error: new TransientError('E_BUSY', 'locked'), reply: /^451 4\.3\.0 / },
      { error: new Error('unforeseen /secret'), reply: /^451 4\.3\.0 / },
    ]
    const pending = [...causes]
    const listener = await collectingListener({
      accept: async (source) => {
        // Reads a little, and gives up without saying so to the source.
        await source[Symbol.asyncIterator]().next()
        const cause = pending.shift()
        if (cause) {
          throw cause.error
        }
        return { number: 7 }
      },
    })
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    for (const { error, reply } of causes) {
      await client.data()
      client.write(`${`${'x'.repeat(998)}\r\n`.repeat(500)}.\r\n`)
      const answer = await client.reply()
      assert.match(answer, reply)
      assert.notInclude(answer, 'secret')
      const reference = /\(reference (\w+)\)$/.exec(answer)?.[1]
      const logged = listener.logged.find((entry) => entry.reference === reference)
      assert.strictEqual(logged?.err, error)
    }
    // Accepted without having been read to the end is not accepted.
    await client.data()
    client.write(`${`${'x'.repeat(998)}\r\n`.repeat(500)}.\r\n`)
    assert.match(await client.reply(), /^451 4\.3\.0 /)
    client.end()
  })

  test('a failing look-up of domains defers', async ({ assert, cleanup }) => {
    const listener = await collectingListener({
      hasDomain: () => Promise.reject(new Error('database away')),
    })
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    assert.match(await client.command('MAIL FROM:<me@firm.example>'), /^451 4\.3\.0 /)
    client.end()
  })

  test('more connections than allowed are asked to come again', async ({ assert, cleanup }) => {
    const listener = await collectingListener({ limits: { connections: 1 } })
    cleanup(() => listener.stop())
    const first = await SmtpClient.open(listener.port)
    const second = new SmtpClient(listener.port)
    assert.match(await second.reply(), /^421 /)
    first.end()
    second.end()
  })
})

test.group('Listener, clients that do not end well', () => {
  test('who vanishes in DATA leaves nothing behind', async ({ assert, cleanup }) => {
    const listener = await collectingListener()
    cleanup(() => listener.stop())
    const before = sockets()
    const endings: ((client: SmtpClient) => void)[] = [
      (client) => client.socket.destroy(),
      (client) => client.socket.resetAndDestroy(),
      (client) => client.socket.end(),
      (client) => client.socket.end('half a line'),
      (client) => client.socket.end('\r\n.'),
      (client) => client.socket.end('\r\n.\r'),
    ]
    const vanishing = Array.from({ length: 5 }, () => endings).flat()
    await Promise.all(
      vanishing.map(async (vanish) => {
        const client = await SmtpClient.open(listener.port)
        await client.data()
        client.write(`Subject: x\r\n\r\n${'x'.repeat(50_000)}`)
        vanish(client)
        client.socket.on('end', () => client.socket.destroy())
      })
    )
    await until(() => listener.failures.length === 30, 'every source to fail')
    assert.deepEqual(new Set(listener.failures.map(code)), new Set(['E_CLIENT_GONE']))
    assert.lengthOf(listener.accepted, 0)
    await until(() => sockets() <= before, 'every socket to close')
  })

  test('who vanishes before accept() reads is told to accept() all the same', async ({
    assert,
    cleanup,
  }) => {
    const failures: unknown[] = []
    const listener = await collectingListener({
      accept: async (source) => {
        await pause(150)
        try {
          for await (const chunk of source) {
            assert.isAbove(chunk.length, 0)
          }
        } catch (error) {
          failures.push(error)
          throw error
        }
        return { number: 1 }
      },
    })
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    await client.data()
    client.write('Subject: x\r\n')
    client.socket.resetAndDestroy()
    await until(() => failures.length === 1, 'the source to fail')
    assert.equal(code(failures[0]), 'E_CLIENT_GONE')
  })

  test('who falls silent is dismissed, in commands and in DATA', async ({ assert, cleanup }) => {
    const listener = await collectingListener({ limits: { idle: 300 } })
    cleanup(() => listener.stop())
    const idle = await SmtpClient.open(listener.port)
    assert.match(await idle.reply(), /^421 4\.4\.2 /)
    await idle.closed()
    const slow = await SmtpClient.open(listener.port)
    await slow.data()
    slow.write('Subject: x\r\n')
    assert.match(await slow.reply(), /^421 4\.4\.2 /)
    await until(() => listener.failures.length === 1, 'the source to fail')
    assert.equal(code(listener.failures[0]), 'E_CLIENT_GONE')
  })

  test('who drips for ever is dismissed too', async ({ assert, cleanup }) => {
    const listener = await collectingListener({ limits: { idle: 300, session: 700 } })
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    await client.data()
    const drip = setInterval(() => client.write('x'), 50)
    assert.match(await client.reply(), /^421 4\.4\.2 Session took too long/)
    clearInterval(drip)
    client.end()
    await until(() => listener.failures.length === 1, 'the source to fail')
  })

  test('a client that waits for our decision is not dismissed', async ({ assert, cleanup }) => {
    const listener = await collectingListener({
      limits: { idle: 500, session: 1000 },
      accept: async (source) => {
        for await (const chunk of source) {
          assert.isAbove(chunk.length, 0)
        }
        await pause(1800)
        return { number: 5 }
      },
    })
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    await client.data()
    assert.equal(await client.command('Subject: x\r\n\r\n.'), '250 2.0.0 5')
    client.end()
  })
})

test.group('Listener, stopping', () => {
  test('lets a message end, and the idle go', async ({ assert }) => {
    const listener = await collectingListener()
    const busy = await SmtpClient.open(listener.port)
    const idle = await SmtpClient.open(listener.port)
    await busy.data()
    const stopped = listener.stop(5000)
    assert.match(await idle.reply(), /^421 4\.3\.2 /)
    await idle.closed()
    busy.write('Subject: x\r\n\r\n')
    await pause(50)
    assert.equal(await busy.command('.'), '250 2.0.0 1')
    assert.match(await busy.reply(), /^421 4\.3\.2 /)
    await stopped
    assert.lengthOf(listener.accepted, 1)
  })

  test('cuts what does not end within the grace', async ({ assert }) => {
    const listener = await collectingListener()
    const client = await SmtpClient.open(listener.port)
    await client.data()
    client.write('Subject: x\r\n')
    const begun = Date.now()
    await listener.stop(200)
    assert.isBelow(Date.now() - begun, 3000)
    assert.match(await client.reply(), /^421 4\.3\.2 /)
    assert.deepEqual(listener.failures.map(code), ['E_CLIENT_GONE'])
  })

  test('says when the port is taken', async ({ assert, cleanup }) => {
    const listener = await collectingListener()
    cleanup(() => listener.stop())
    await assert.rejects(() => collectingListener({ port: listener.port }), /EADDRINUSE/)
  })
})
