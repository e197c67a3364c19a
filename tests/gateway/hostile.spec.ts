import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from '@japa/runner'
import { collectingListener, networks } from '../collecting_listener.ts'
import { SmtpClient } from '../smtp_client.ts'

const sockets = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

/** Somebody with a mail, from an address of his own. */
async function sendOne(port: number): Promise<string> {
  const client = await SmtpClient.open(port, '127.0.0.1', '127.0.0.200')
  await client.data()
  const reply = await client.command('Subject: x\r\n\r\nhi\r\n.')
  client.end()
  return reply
}

/** Reads replies until the listener has closed. */
async function repliesOf(client: SmtpClient): Promise<string[]> {
  const heard: string[] = []
  for (;;) {
    try {
      heard.push(await client.reply())
    } catch {
      return heard
    }
  }
}

test.group('Hostile clients, connections', () => {
  test('a thousand commands at once leave the others their turn', async ({ assert, cleanup }) => {
    const listener = await collectingListener()
    cleanup(() => listener.stop())
    const [flood, other] = [
      await SmtpClient.open(listener.port),
      await SmtpClient.open(listener.port),
    ]
    await flood.command('MAIL FROM:<me@firm.example>')
    let answered = 0
    flood.socket.on('data', (chunk) => (answered += chunk.toString().split('\n').length - 1))
    flood.write('RCPT TO:<a@example.net>\r\n'.repeat(1000))
    await once(flood.socket, 'data')
    await other.command('NOOP')
    assert.isBelow(answered, 500)
    for (let replies = 0; replies < 1000; replies++) {
      assert.match(await flood.reply(), /^250 /)
    }
    for (const client of [flood, other]) client.end()
  })

  test('one address does not take the places of all, and leaves a line in the log', async ({
    assert,
    cleanup,
  }) => {
    const listener = await collectingListener({
      limits: { connections: 10 },
    })
    cleanup(() => listener.stop())
    const many = Array.from(
      { length: 12 },
      () => new SmtpClient(listener.port, '127.0.0.1', '127.0.0.2')
    )
    const greetings = await Promise.all(many.map((client) => client.reply()))
    assert.lengthOf(
      greetings.filter((line) => line.startsWith('220 ')),
      10
    )
    assert.lengthOf(
      greetings.filter((line) => line.startsWith('421 gateway.test 4.7.0 ')),
      2
    )
    assert.match(await sendOne(listener.port), /^250 2\.0\.0 1$/)
    assert.containSubset(listener.logged, [{ client: '127.0.0.2' }])
    assert.lengthOf(listener.logged, 1)
    for (const client of many) client.end()
  })

  test('a thousand connections that say nothing: a mail gets through, and nothing is left of them', async ({
    assert,
    cleanup,
  }) => {
    const before = sockets()
    const listener = await collectingListener({ limits: { patience: 60_000 } })
    cleanup(() => listener.stop())
    const idle: SmtpClient[] = []
    for (let nth = 0; nth < 1000; nth++) {
      idle.push(new SmtpClient(listener.port, '127.0.0.1', `127.0.1.${1 + (nth % 20)}`))
    }
    await Promise.all(idle.map((client) => client.reply()))
    for (let nth = 1; nth <= 5; nth++) {
      assert.equal(await sendOne(listener.port), `250 2.0.0 ${nth}`)
    }
    for (const client of idle) client.end()
    for (let i = 0; sockets() > before && i < 100; i++) await pause(20)
    assert.isAtMost(sockets(), before)
  }).timeout(30_000)

  test('who works is not sent away for somebody else', async ({ assert, cleanup }) => {
    const listener = await collectingListener({ limits: { connections: 2, patience: 600 } })
    cleanup(() => listener.stop())
    const inData = await SmtpClient.open(listener.port)
    await inData.data()
    const talking = await SmtpClient.open(listener.port)
    await pause(900)
    await talking.command('NOOP')
    const late = new SmtpClient(listener.port)
    assert.match(await late.reply(), /^421 /)
    assert.equal(await talking.command('NOOP'), '250 2.0.0 OK')
    assert.equal(await inData.command('Subject: x\r\n\r\n.'), '250 2.0.0 1')
    for (const client of [inData, talking, late]) client.end()
  })

  test('clients from outside share a few places', async ({ assert, cleanup }) => {
    const listener = await collectingListener({
      trustedNetworks: networks('127.0.0.200/32'),
      limits: { strangers: 2 },
    })
    cleanup(() => listener.stop())
    const strangers = ['127.0.0.2', '127.0.0.3', '127.0.0.4'].map(
      (from) => new SmtpClient(listener.port, '127.0.0.1', from)
    )
    const greetings = await Promise.all(strangers.map((client) => client.reply()))
    assert.deepEqual(greetings.map((line) => line.slice(0, 3)).toSorted(), ['220', '220', '421'])
    assert.match(await sendOne(listener.port), /^250 /)
    for (const client of strangers) client.end()
  })
})

test.group('Hostile clients, commands', () => {
  test('a flood of commands that bring no mail ends the session', async ({ assert, cleanup }) => {
    const listener = await collectingListener()
    cleanup(() => listener.stop())
    for (const command of ['NOOP', 'RSET', 'EHLO x', 'MAIL FROM:<me@firm.example>\r\nRSET']) {
      const client = await SmtpClient.open(listener.port)
      client.write(`${command}\r\n`.repeat(10_000))
      const heard = await repliesOf(client)
      assert.isAtMost(heard.length, 101, command)
      assert.match(heard.at(-1)!, /^421 4\.7\.0 Too many commands/, command)
    }
    assert.match(await sendOne(listener.port), /^250 /)
  })

  test('a session may send as many mails as it likes', async ({ assert, cleanup }) => {
    const listener = await collectingListener()
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    for (let nth = 1; nth <= 150; nth++) {
      await client.data()
      assert.equal(await client.command('Subject: x\r\n\r\n.'), `250 2.0.0 ${nth}`)
    }
    client.end()
  })

  test('a command of a megabyte, with its newline or without, is refused and others are served', async ({
    assert,
    cleanup,
  }) => {
    const listener = await collectingListener()
    cleanup(() => listener.stop())
    for (const ending of ['', '\r\n', '\r', '\0']) {
      const client = await SmtpClient.open(listener.port)
      client.write(`NOOP ${'x'.repeat(1024 * 1024)}${ending}`)
      const heard = await repliesOf(client)
      assert.lengthOf(heard, 1)
      assert.match(heard[0]!, /^(500|421) /)
    }
    assert.match(await sendOne(listener.port), /^250 2\.0\.0 1$/)
  })

  test('NUL in a command or an address is refused', async ({ assert, cleanup }) => {
    const listener = await collectingListener()
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    assert.match(await client.command('MAIL\0 FROM:<me@firm.example>'), /^500 /)
    assert.match(await client.command('MAIL FROM:<me\0@firm.example>'), /^5\d\d /)
    assert.match(await client.command('MAIL FROM:<me@firm.example\0>'), /^5\d\d /)
    await client.command('MAIL FROM:<me@firm.example>')
    assert.match(await client.command('RCPT TO:<you@exam\0ple.net>'), /^5\d\d /)
    assert.match(await client.command('RCPT TO:<you\0@example.net>'), /^5\d\d /)
    client.end()
  })

  test('of 10,000 recipients the first thousand are taken, the others asked to come again', async ({
    assert,
    cleanup,
  }) => {
    const listener = await collectingListener()
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    await client.command('MAIL FROM:<me@firm.example>')
    for (let nth = 0; nth < 10_000; nth++) client.write(`RCPT TO:<r${nth}@example.net>\r\n`)
    const codes: Record<string, number> = {}
    for (let nth = 0; nth < 10_000; nth++) {
      const code = (await client.reply()).slice(0, 9)
      codes[code] = (codes[code] ?? 0) + 1
    }
    assert.deepEqual(codes, { '250 2.1.5': 1000, '452 4.5.3': 9000 })
    await client.command('DATA')
    assert.equal(await client.command('Subject: x\r\n\r\n.'), '250 2.0.0 1')
    assert.lengthOf(listener.accepted[0]!.envelope.rcptTo, 1000)
    client.end()
  }).timeout(30_000)

  test('a flood of recipients ends the session', async ({ assert, cleanup }) => {
    const listener = await collectingListener({ limits: { recipients: 5, recipientCommands: 50 } })
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    client.write(`MAIL FROM:<me@firm.example>\r\n${'RCPT TO:<a@example.net>\r\n'.repeat(1000)}`)
    const heard = await repliesOf(client)
    assert.lengthOf(heard, 52)
    assert.match(heard.at(-1)!, /^421 4\.7\.0 Too many commands/)
  })

  test('who never reads replies is not read either', async ({ assert, cleanup }) => {
    const listener = await collectingListener({ limits: { recipientCommands: Infinity } })
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    await client.command('MAIL FROM:<me@firm.example>')
    client.socket.pause()
    for (let nth = 0; nth < 60; nth++) {
      client.write('RCPT TO:<you@example.net>\r\n'.repeat(40_000))
    }
    await pause(1500)
    assert.isAbove(client.socket.writableLength, 10 * 1024 * 1024)
    assert.match(await sendOne(listener.port), /^250 /)
    client.end()
  }).timeout(30_000)
})

test.group('Hostile clients, content', () => {
  test('a message without an end is read so far and then cut; the archive has nothing of it', async ({
    assert,
    cleanup,
  }) => {
    const listener = await collectingListener({
      maxMessageSize: 100_000,
      limits: { sunk: 1_000_000 },
    })
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    await client.data()
    let sent = 0
    client.socket.on('close', () => (sent = Infinity))
    while (sent < 200_000_000) {
      client.write(`${'x'.repeat(998)}\r\n`.repeat(100))
      sent += 100_000
      if (client.socket.writableNeedDrain) await pause(1)
    }
    await client.closed()
    assert.equal(sent, Infinity)
    assert.lengthOf(listener.failures, 1)
    assert.match(await sendOne(listener.port), /^250 2\.0\.0 1$/)
  }).timeout(30_000)

  test('pipelining behind the end of data: each command is answered in its turn', async ({
    assert,
    cleanup,
  }) => {
    const listener = await collectingListener()
    cleanup(() => listener.stop())
    const client = await SmtpClient.open(listener.port)
    const mail = 'MAIL FROM:<me@firm.example>\r\nRCPT TO:<you@example.net>\r\nDATA\r\n'
    client.write(`${mail}Subject: 1\r\n\r\n.\r\n${mail}Subject: 2\r\n\r\n.\r\nQUIT\r\n`)
    const heard = await repliesOf(client)
    assert.deepEqual(
      heard.map((line) => line.slice(0, 3)),
      ['250', '250', '354', '250', '250', '250', '354', '250', '221']
    )
    assert.deepEqual(
      listener.accepted.map(({ content }) => content.toString()),
      ['Subject: 1\r\n\r\n', 'Subject: 2\r\n\r\n']
    )
  })
})
