import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { buffer } from 'node:stream/consumers'
import { test } from '@japa/runner'
import type { TestContext } from '@japa/runner/core'
import { IntegrityError, PermanentError, TransientError } from '#errors'
import { PostIdentity } from '#post'
import {
  ThreadedListener,
  type ThreadedListenerOptions,
} from '../../mail-gateway/smtp/threaded_listener.ts'
import { networks } from '../collecting_listener.ts'
import { house, type House } from '../house.ts'
import { SmtpClient } from '../smtp_client.ts'

const identity = PostIdentity.of(Buffer.alloc(32, 7))

/** A listener in its thread, before a house that archives what comes. */
async function standing(
  cleanup: TestContext['cleanup'],
  options: Partial<ThreadedListenerOptions> = {}
) {
  const at = await house()
  const logged: { level: string; fields: { reply?: string; err?: unknown } }[] = []
  const log = (level: string) => (fields: object) => void logged.push({ level, fields })
  const listener = new ThreadedListener({
    host: '127.0.0.1',
    port: 0,
    hostname: 'gateway.test',
    maxMessageSize: 1_500_000,
    trustedNetworks: networks('127.0.0.0/8'),
    blobs: join(at.folder, 'blobs'),
    identityKey: identity.key,
    hasDomain: async () => true,
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    accept: ({ sealed, beginning, envelope }) =>
      at.archive.enter(sealed, Buffer.from(beginning.buffer), envelope),
    ...options,
  })
  await listener.start()
  cleanup(async () => {
    await listener.stop(0)
    await at.close()
  })
  return { at, listener, logged }
}

async function sent(port: number, content: string): Promise<string> {
  const client = await SmtpClient.open(port)
  await client.data()
  client.write(`${content}\r\n.\r\n`)
  const reply = await client.reply()
  client.end()
  return reply
}

/** Files that lie in the store, unfinished ones too. */
async function files({ folder }: House): Promise<string[]> {
  const entries = await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

test.group('Listener in a thread of its own', () => {
  test('a mail is archived byte for byte, with its envelope', async ({ assert, cleanup }) => {
    const { at, listener } = await standing(cleanup)
    const long = `Subject: long\r\n\r\n${'line\r\n'.repeat(15_000)}`
    for (const mail of ['Subject: short\r\n\r\ntext\r\n', long]) {
      const reply = await sent(listener.port, mail.slice(0, -2))
      const number = Number(/^250 2\.0\.0 (\d+)$/.exec(reply)?.[1])
      const message = await at.archive.message(number, 'everything')
      assert.equal((await buffer(at.archive.original(message))).toString(), mail)
      assert.equal(message.mailFrom, 'me@firm.example')
      assert.instanceOf(message.receivedAt, Date)
    }
    assert.deepEqual((await at.ledger.verify()).problems, [])
    assert.deepEqual(await Array.fromAsync(at.archive.verifyOriginals()), [])
  })

  test('what the other thread fails with decides the reply, and is in the log', async ({
    assert,
    cleanup,
  }) => {
    const cases: [Error, RegExp][] = [
      [new TransientError('E_DISK_FULL', 'the disk of the database is full'), /^452 4\.3\.1 /],
      [new PermanentError('E_MALFORMED', 'no'), /^554 5\.6\.0 /],
      [new IntegrityError('E_NO_COUNTER', 'no counter'), /^451 4\.3\.0 .*administrator/],
      [Object.assign(new Error('locked'), { code: 'SQLITE_BUSY' }), /^451 4\.3\.0 /],
    ]
    let failure: Error | undefined
    const { listener, logged } = await standing(cleanup, {
      accept: () => Promise.reject(failure!),
    })
    for (const [error, expected] of cases) {
      failure = error
      assert.match(await sent(listener.port, 'Subject: x\r\n'), expected)
      const told = logged.at(-1)!.fields.err as Error & { code?: string }
      assert.equal(told.constructor, error.constructor)
      assert.deepInclude(told, { message: error.message, code: (error as typeof told).code })
      assert.include(told.stack, 'threaded_listener.spec')
    }
  })

  test('what the thread refuses leaves nothing on the disk', async ({ assert, cleanup }) => {
    const { at, listener } = await standing(cleanup)
    const large = `Subject: x\r\n\r\n${'line\r\n'.repeat(260_000)}`
    assert.match(await sent(listener.port, large), /^552 5\.3\.4 /)
    const ours = `X-Webtresor-Id: ${identity.sign('letter')}\r\nSubject: x\r\n`
    assert.match(await sent(listener.port, ours), /^554 5\.4\.6 /)
    const client = await SmtpClient.open(listener.port)
    await client.data()
    client.write(`Subject: the client goes away\r\n\r\n${'line\r\n'.repeat(200_000)}`)
    for (let i = 0; (await files(at)).length === 0 && i < 500; i++) await pause(20)
    assert.lengthOf(await files(at), 1)
    client.socket.destroy()
    for (let i = 0; (await files(at)).length > 0 && i < 100; i++) await pause(20)
    assert.deepEqual(await files(at), [])
  })

  test('before the firm has a domain it takes nothing, and asks again', async ({
    assert,
    cleanup,
  }) => {
    let has = false
    const { listener } = await standing(cleanup, { hasDomain: async () => has })
    const client = await SmtpClient.open(listener.port)
    assert.match(await client.command('MAIL FROM:<me@firm.example>'), /^451 4\.3\.0 /)
    has = true
    assert.match(await client.command('MAIL FROM:<me@firm.example>'), /^250 /)
    client.end()
  })

  test('a port that is taken is told as what it is', async ({ assert, cleanup }) => {
    const { listener } = await standing(cleanup)
    const second = standing(() => {}, { port: listener.port })
    const error = await second.then(
      () => undefined,
      (reason: NodeJS.ErrnoException) => reason
    )
    const { code, syscall, port } = (error ?? {}) as NodeJS.ErrnoException & { port?: number }
    assert.deepEqual(
      { code, syscall, port },
      { code: 'EADDRINUSE', syscall: 'listen', port: listener.port }
    )
  })

  test('stopping waits for the answer about a mail that is all there', async ({
    assert,
    cleanup,
  }) => {
    const asked = Promise.withResolvers<void>()
    const decision = Promise.withResolvers<{ number: number }>()
    const { listener } = await standing(cleanup, {
      accept: () => {
        asked.resolve()
        return decision.promise
      },
    })
    const reply = sent(listener.port, 'Subject: x\r\n')
    await asked.promise
    const stopped = listener.stop(10_000)
    await pause(50)
    decision.resolve({ number: 8 })
    assert.equal(await reply, '250 2.0.0 8')
    await stopped
    await assert.rejects(() => SmtpClient.open(listener.port))
  })
})
