import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from '@japa/runner'
import type { TestContext } from '@japa/runner/core'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { DeliveryResult, OutgoingMail } from '../../mail-gateway/relay/courier.ts'
import { SmtpCourier, type SmtpCourierOptions } from '../../mail-gateway/relay/smtp_courier.ts'
import { until } from '#tests/until'
import { type Behaviour, scriptedPeer } from '../scripted_peer.ts'
import { startPostfix } from '../servers/postfix.ts'

const TEXT = 'Subject: x\r\n\r\nHello\r\n'

function mail(changes: Partial<OutgoingMail> & { text?: string } = {}): OutgoingMail {
  const { text = TEXT, ...rest } = changes
  const bytes = Buffer.from(text, 'latin1')
  return {
    from: 'me@firm.example',
    to: 'client@example.net',
    content: async function* () {
      yield bytes
    },
    size: bytes.length,
    eightBit: false,
    utf8Headers: false,
    ...rest,
  }
}

const outcome = async (delivery: Promise<DeliveryResult>) => {
  const result = await delivery
  return result.status
}

type Cleanup = TestContext['cleanup']

async function pair(
  cleanup: Cleanup,
  behave?: Behaviour,
  options: Partial<SmtpCourierOptions> = {}
) {
  const peer = await scriptedPeer(behave)
  const courier = new SmtpCourier({ url: peer.url, hostname: 'gateway.test', ...options })
  cleanup(async () => {
    await courier.close()
    await peer.stop()
  })
  return { peer, courier }
}

/** Answers one command so, and everything else well. */
const on =
  (start: string, reply: string | null): Behaviour =>
  (line) =>
    line.startsWith(start) ? reply : undefined

test.group('Courier, results', () => {
  test('delivered: what was given is what arrives', async ({ assert, cleanup }) => {
    const { peer, courier } = await pair(cleanup)
    const result = await courier.deliver(mail())
    assert.deepEqual(result, {
      status: 'delivered',
      reply: '250 2.0.0 queued',
      code: 250,
      enhanced: '2.0.0',
      remote: `127.0.0.1:${peer.port}`,
      eightBitUnoffered: false,
    })
    assert.deepEqual(peer.lines, [
      '1 EHLO gateway.test',
      '1 MAIL FROM:<me@firm.example> SIZE=21',
      '1 RCPT TO:<client@example.net>',
      '1 DATA',
    ])
    assert.equal(`${peer.messages[0]}\r\n`, TEXT)
  })

  test('{start} {reply}: {status} {enhanced}')
    .with([
      { start: 'MAIL', reply: '451 4.3.0 later', status: 'deferred', enhanced: '4.3.0' },
      { start: 'MAIL', reply: '550 5.1.8 sender', status: 'failed', enhanced: '5.1.8' },
      { start: 'MAIL', reply: '530 5.7.0 log in', status: 'deferred', enhanced: '5.7.0' },
      { start: 'RCPT', reply: '450 4.2.0 grey', status: 'deferred', enhanced: '4.2.0' },
      { start: 'RCPT', reply: '550 5.1.1 unknown', status: 'failed', enhanced: '5.1.1' },
      { start: 'DATA', reply: '554 no', status: 'failed', enhanced: null },
      { start: 'DATA', reply: '421 4.3.2 bye', status: 'deferred', enhanced: '4.3.2' },
      { start: 'END', reply: '452 4.3.1 full', status: 'deferred', enhanced: '4.3.1' },
      { start: 'END', reply: '554 5.7.1 virus', status: 'failed', enhanced: '5.7.1' },
      { start: 'GREETING', reply: '554 5.7.1 go away', status: 'deferred', enhanced: '5.7.1' },
      { start: 'EHLO', reply: '421 4.7.0 too many', status: 'deferred', enhanced: '4.7.0' },
    ])
    .run(async ({ assert, cleanup }, { start, reply, status, enhanced }) => {
      const { courier } = await pair(cleanup, on(start, reply))
      const result = await courier.deliver(mail())
      assert.deepInclude(result, { status, reply, code: Number(reply.slice(0, 3)), enhanced })
    })

  test('the reply for one recipient is his alone', async ({ assert, cleanup }) => {
    const { peer, courier } = await pair(cleanup, on('RCPT TO:<bad@', '550 5.1.1 unknown'))
    assert.equal(await outcome(courier.deliver(mail())), 'delivered')
    assert.equal(await outcome(courier.deliver(mail({ to: 'bad@example.net' }))), 'failed')
    assert.equal(await outcome(courier.deliver(mail())), 'delivered')
    assert.equal(peer.connections(), 1)
    assert.include(peer.lines, '1 RSET')
  })

  test('nobody listens, or the name is unknown: deferred', async ({ assert, cleanup }) => {
    const { peer, courier } = await pair(cleanup)
    await peer.stop()
    const result = await courier.deliver(mail())
    assert.deepInclude(result, { status: 'deferred', code: 0, enhanced: null })
    assert.match(result.reply, /ECONNREFUSED/)
    const lost = new SmtpCourier({ url: 'smtp://host.invalid', hostname: 'gateway.test' })
    const answer = await lost.deliver(mail())
    assert.deepInclude(answer, { status: 'deferred', code: 0, remote: 'host.invalid:25' })
  })

  test('a peer that stalls at {start}: deferred')
    .with(['GREETING', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'END'].map((start) => ({ start })))
    .run(async ({ assert, cleanup }, { start }) => {
      const limits = { connect: 200, stall: 200 }
      const { courier } = await pair(cleanup, on(start, null), { limits })
      assert.deepInclude(await courier.deliver(mail()), { status: 'deferred', code: 0 })
    })

  test('a peer that drips for ever: deferred', async ({ assert, cleanup }) => {
    const drip: Behaviour = (line, socket) => {
      if (line === 'END') {
        const timer = setInterval(() => socket.write('250-wait\r\n'), 20)
        socket.on('close', () => clearInterval(timer))
        return null
      }
      return undefined
    }
    const { courier } = await pair(cleanup, drip, { limits: { transaction: 300 } })
    assert.deepInclude(await courier.deliver(mail()), { status: 'deferred', code: 0 })
  })

  test('a line cut at {start}: deferred')
    .with(['GREETING', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'END'].map((start) => ({ start })))
    .run(async ({ assert, cleanup }, { start }) => {
      const { courier } = await pair(cleanup, (line, socket) => {
        if (line.startsWith(start)) {
          socket.destroy()
          return null
        }
        return undefined
      })
      assert.deepInclude(await courier.deliver(mail()), { status: 'deferred', code: 0 })
    })

  test('a peer that refuses while the content still comes', async ({ assert, cleanup }) => {
    let connection = 0
    const { courier } = await pair(cleanup, (line, socket, session) => {
      if (line === 'DATA' && session.connection === 1) {
        connection = session.connection
        socket.write('354 go\r\n')
        setTimeout(() => socket.write('552 5.3.4 enough\r\n'), 50)
        socket.removeAllListeners('data')
        socket.resume()
        return null
      }
      return undefined
    })
    const endless = mail({
      content: async function* () {
        for (let i = 0; i < 1000; i++) {
          yield Buffer.alloc(1000, 'x')
          await pause(1)
        }
      },
    })
    const result = await courier.deliver(endless)
    assert.deepInclude(result, { status: 'failed', code: 552, enhanced: '5.3.4' })
    assert.equal(connection, 1)
    assert.equal(await outcome(courier.deliver(mail())), 'delivered')
  })
})

test.group('Courier, content', () => {
  test('leaves with CRLF only, and dots stuffed', async ({ assert, cleanup }) => {
    const { peer, courier } = await pair(cleanup)
    await courier.deliver(mail({ text: 'A: b\n\n.\n..\r.c\r\n.\r\nMAIL FROM:<x@y>' }))
    assert.equal(
      peer.messages[0]?.toString(),
      'A: b\r\n\r\n..\r\n...\r\n..c\r\n..\r\nMAIL FROM:<x@y>'
    )
    assert.lengthOf(peer.messages, 1)
  })

  test('that cannot be read rejects, and the peer never sees its end', async ({
    assert,
    cleanup,
  }) => {
    const { peer, courier } = await pair(cleanup)
    const broken = new Error('segment 3 is damaged')
    const damaged = mail({
      content: async function* () {
        yield Buffer.from(TEXT)
        await pause(20)
        throw broken
      },
    })
    const error = await courier.deliver(damaged).catch((reason: unknown) => reason)
    assert.strictEqual(error, broken)
    assert.equal(await outcome(courier.deliver(mail())), 'delivered')
    assert.lengthOf(peer.messages, 1)
    assert.equal(peer.connections(), 2)
  })

  test('is not opened before the peer asks for it', async ({ assert, cleanup }) => {
    const { courier } = await pair(cleanup, on('RCPT', '550 5.1.1 no'))
    let opened = 0
    const watched = mail({
      content: async function* () {
        opened += 1
        yield Buffer.from(TEXT)
      },
    })
    await courier.deliver(watched)
    assert.equal(opened, 0)
  })

  test('larger than the peer takes: failed without trying', async ({ assert, cleanup }) => {
    const { peer, courier } = await pair(cleanup)
    const result = await courier.deliver(mail({ size: 1_000_001 }))
    assert.deepInclude(result, { status: 'failed', enhanced: '5.3.4' })
    assert.notInclude(peer.lines.join('\n'), 'MAIL')
    assert.equal(await outcome(courier.deliver(mail())), 'delivered')
    assert.equal(peer.connections(), 1)
  })

  test('8BITMIME and SMTPUTF8 are asked for when needed', async ({ assert, cleanup }) => {
    const { peer, courier } = await pair(cleanup)
    await courier.deliver(mail({ eightBit: true, size: 0 }))
    await courier.deliver(mail({ utf8Headers: true, size: 0 }))
    await courier.deliver(mail({ to: 'jörg@example.net', eightBit: true, size: 0 }))
    await courier.deliver(mail({ from: '', size: 0 }))
    assert.deepEqual(
      peer.lines.filter((line) => line.includes('MAIL FROM')),
      [
        '1 MAIL FROM:<me@firm.example> BODY=8BITMIME',
        '1 MAIL FROM:<me@firm.example> SMTPUTF8',
        '1 MAIL FROM:<me@firm.example> SMTPUTF8 BODY=8BITMIME',
        '1 MAIL FROM:<>',
      ]
    )
    assert.include(peer.lines, '1 RCPT TO:<jörg@example.net>')
  })

  test('a peer of seven bits', async ({ assert, cleanup }) => {
    const { peer, courier } = await pair(cleanup, on('EHLO', '250 peer.test'))
    const eightBit = await courier.deliver(mail({ eightBit: true, utf8Headers: true }))
    assert.deepInclude(eightBit, { status: 'delivered', eightBitUnoffered: true })
    assert.include(peer.lines, '1 MAIL FROM:<me@firm.example>')
    for (const address of [{ to: 'jörg@example.net' }, { from: 'jörg@firm.example' }]) {
      const result = await courier.deliver(mail(address))
      assert.deepInclude(result, { status: 'failed', enhanced: '5.6.7' })
    }
    assert.equal(await outcome(courier.deliver(mail())), 'delivered')
    assert.equal(peer.connections(), 1)
  })
})

test.group('Courier, connections', () => {
  test('are bounded, and used again', async ({ assert, cleanup }) => {
    const limits = { connections: 2 }
    const { peer, courier } = await pair(cleanup, undefined, { limits })
    const results = await Promise.all(Array.from({ length: 20 }, () => courier.deliver(mail())))
    assert.isTrue(results.every(({ status }) => status === 'delivered'))
    assert.lengthOf(peer.messages, 20)
    assert.isAtMost(peer.connections(), 2)
  })

  test('are left after so many messages, and after so long', async ({ assert, cleanup }) => {
    const limits = { messagesPerConnection: 2, idle: 100 }
    const { peer, courier } = await pair(cleanup, undefined, { limits })
    for (let i = 0; i < 3; i++) {
      await courier.deliver(mail())
    }
    assert.equal(peer.connections(), 2)
    await until(() => ['1 QUIT', '2 QUIT'].every((line) => peer.lines.includes(line)))
  })

  test('that died while idle cost nothing: {how}')
    .with([{ how: 'cut' }, { how: 'cut at MAIL' }, { how: '421 at MAIL' }])
    .run(async ({ assert, cleanup }, { how }) => {
      const { peer, courier } = await pair(cleanup, (line, socket, session) => {
        if (line.startsWith('MAIL') && session.connection === 1 && session.message === 1) {
          if (how === '421 at MAIL') {
            return '421 4.4.2 idle for too long'
          }
          socket.destroy()
          return null
        }
        return undefined
      })
      assert.equal(await outcome(courier.deliver(mail())), 'delivered')
      if (how === 'cut') {
        peer.hangUp()
      }
      assert.equal(await outcome(courier.deliver(mail())), 'delivered')
      assert.equal(peer.connections(), 2)
      assert.lengthOf(peer.messages, 2)
    })

  test('that die after the content was sent are not tried again at once', async ({
    assert,
    cleanup,
  }) => {
    const { peer, courier } = await pair(cleanup, (line, socket, session) => {
      if (line === 'END' && session.message === 2) {
        socket.destroy()
        return null
      }
      return undefined
    })
    await courier.deliver(mail())
    assert.equal(await outcome(courier.deliver(mail())), 'deferred')
    assert.equal(peer.connections(), 1)
  })

  test('close() lets what runs end', async ({ assert }) => {
    const peer = await scriptedPeer((line, socket) => {
      if (line === 'END') {
        setTimeout(() => socket.write('250 2.0.0 late\r\n'), 200)
        return null
      }
      return undefined
    })
    const courier = new SmtpCourier({ url: peer.url, hostname: 'gateway.test' })
    const delivery = courier.deliver(mail())
    await courier.close()
    assert.deepInclude(await delivery, { reply: '250 2.0.0 late' })
    await until(() => peer.lines.at(-1) === '1 QUIT')
    await peer.stop()
  })
})

/** A key and a certificate for localhost that nobody has signed. */
function certificate() {
  const folder = mkdtempSync(join(tmpdir(), 'courier-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const curve = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ]
  execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  })
  const both = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  rmSync(folder, { recursive: true })
  return both
}

test.group('Courier, TLS and AUTH', () => {
  const tls = certificate()

  /** A smarthost with everything on; `sessions` tells how each message came. */
  async function smarthost(cleanup: Cleanup, options: SMTPServerOptions = {}) {
    const sessions: { secure: boolean; user: string | null }[] = []
    const server = new SMTPServer({
      ...tls,
      authOptional: true,
      disableReverseLookup: true,
      logger: false,
      onAuth: ({ username, password }, _session, done) =>
        password === 'p:w/' ? done(null, { user: username }) : done(new Error('wrong')),
      onData: (stream, session, done) => {
        sessions.push({ secure: session.secure, user: session.user || null })
        stream.resume()
        stream.on('end', () => done())
      },
      ...options,
    })
    server.on('error', () => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    cleanup(() => new Promise<void>((resolve) => server.server.close(() => resolve())))
    return { port: (server.server.address() as AddressInfo).port, sessions }
  }

  async function deliver(url: string, ca?: string) {
    const courier = new SmtpCourier({ url, hostname: 'gateway.test', ...(ca ? { ca } : {}) })
    const result = await courier.deliver(mail())
    await courier.close()
    return result
  }

  test('STARTTLS is used where offered, whoever signed the certificate', async ({
    assert,
    cleanup,
  }) => {
    const { port, sessions } = await smarthost(cleanup)
    assert.equal(await outcome(deliver(`smtp://127.0.0.1:${port}`)), 'delivered')
    assert.deepEqual(sessions, [{ secure: true, user: null }])
  })

  test('required TLS needs a certificate that is right', async ({ assert, cleanup }) => {
    const { port, sessions } = await smarthost(cleanup)
    const url = `smtp://localhost:${port}?tls=required`
    const refused = await deliver(url)
    assert.deepInclude(refused, { status: 'deferred', code: 0 })
    assert.match(refused.reply, /certificate/i)
    assert.equal(await outcome(deliver(url, tls.cert)), 'delivered')
    assert.lengthOf(sessions, 1)
  })

  test('required TLS is not given up where it is not offered', async ({ assert, cleanup }) => {
    const { port, sessions } = await smarthost(cleanup, { disabledCommands: ['STARTTLS'] })
    assert.equal(await outcome(deliver(`smtp://127.0.0.1:${port}?tls=required`)), 'deferred')
    assert.equal(await outcome(deliver(`smtp://127.0.0.1:${port}`)), 'delivered')
    assert.deepEqual(sessions, [{ secure: false, user: null }])
  })

  test('a broken offer of STARTTLS does not stop mail, but keeps a password at home', async ({
    assert,
    cleanup,
  }) => {
    const { peer, courier } = await pair(cleanup, (line, socket) => {
      if (line.startsWith('EHLO')) {
        return '250-peer.test\r\n250-AUTH PLAIN\r\n250 STARTTLS'
      }
      if (line === 'STARTTLS') {
        socket.end('220 go\r\nthis is no handshake\r\n')
        return null
      }
      return undefined
    })
    assert.equal(await outcome(courier.deliver(mail())), 'delivered')
    const secret = new SmtpCourier({
      url: `smtp://user:secret@127.0.0.1:${peer.port}`,
      hostname: 'gateway.test',
    })
    assert.equal(await outcome(secret.deliver(mail())), 'deferred')
    assert.notInclude(peer.lines.join('\n'), 'AUTH')
  })

  test('smtps with user and password', async ({ assert, cleanup }) => {
    const { port, sessions } = await smarthost(cleanup, { secure: true })
    const url = `smtps://me%40firm:p%3Aw%2F@localhost:${port}`
    assert.equal(await outcome(deliver(url)), 'deferred')
    assert.equal(await outcome(deliver(url, tls.cert)), 'delivered')
    assert.deepEqual(sessions, [{ secure: true, user: 'me@firm' }])
  })

  test('a wrong password defers: the mail is not to blame', async ({ assert, cleanup }) => {
    const { port, sessions } = await smarthost(cleanup)
    const result = await deliver(`smtp://me:wrong@127.0.0.1:${port}`)
    assert.deepInclude(result, { status: 'deferred', code: 535 })
    assert.lengthOf(sessions, 0)
  })
})

test.group('Courier, against Postfix', (group) => {
  group.tap((each) => each.skip(!existsSync('/usr/sbin/postfix'), 'Postfix is not installed'))

  test('delivers byte for byte, defers and fails as Postfix says', async ({ assert, cleanup }) => {
    const postfix = await startPostfix()
    const courier = new SmtpCourier({ url: postfix.url, hostname: 'gateway.test' })
    cleanup(async () => {
      await courier.close()
      await postfix.stop()
    })
    postfix.reject('nobody@example.net')
    postfix.defer('busy@example.net')

    const text = `Subject: dots\r\nMessage-ID: <1@x>\r\nDate: Sun, 01 Mar 2026 12:00:00 +0000\r\nFrom: me@firm.example\r\n\r\n.\r\n..\r\n.x\r\n\xe4\xff\r\n`
    const result = await courier.deliver(mail({ text, eightBit: true }))
    assert.deepInclude(result, { status: 'delivered', code: 250, enhanced: '2.0.0' })
    const [copy] = await postfix.waitForDelivered(1)
    assert.equal(copy?.recipient, 'client@example.net')
    assert.equal(copy?.sender, 'me@firm.example')
    assert.isTrue(copy?.raw.toString('latin1').endsWith(text))

    const rejected = await courier.deliver(mail({ to: 'nobody@example.net' }))
    assert.deepInclude(rejected, { status: 'failed', code: 550, enhanced: '5.1.1' })
    const deferred = await courier.deliver(mail({ to: 'busy@example.net' }))
    assert.deepInclude(deferred, { status: 'deferred', code: 450, enhanced: '4.2.0' })
    postfix.accept('busy@example.net')
    const again = await courier.deliver(mail({ to: 'busy@example.net', text }))
    assert.equal(again.status, 'delivered')
    await postfix.waitForDelivered(1, { recipient: 'busy@example.net' })
  })

  test('an address beyond ASCII goes where SMTPUTF8 is offered', async ({ assert, cleanup }) => {
    const postfix = await startPostfix({ settings: { smtputf8_enable: 'no' } })
    const courier = new SmtpCourier({ url: postfix.url, hostname: 'gateway.test' })
    cleanup(async () => {
      await courier.close()
      await postfix.stop()
    })
    const result = await courier.deliver(mail({ to: 'jörg@example.net' }))
    assert.deepInclude(result, { status: 'failed', enhanced: '5.6.7' })
    assert.equal(await outcome(courier.deliver(mail())), 'delivered')
  })
})
