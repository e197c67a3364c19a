import { test } from '@japa/runner'
import { setTimeout as pause } from 'node:timers/promises'
import { collectingListener } from '../collecting_listener.ts'
import { SmtpClient } from '../smtp_client.ts'
import { failCalls } from '../servers/failing_calls.ts'
import { attempt, mailNumber, seeded, type Sent } from './kill_rounds.ts'
import { Installation } from './webtresor.ts'

/** What fails, in strace's words: the first call after `when`, and then every so many. */
const injections = [
  'fsync:error=EIO:when=1+7',
  'rename:error=EIO:when=1+3',
  'pwrite64:error=ENOSPC:when=5+97',
  'unlink:error=EIO:when=1+2',
]
/** Mails under each fault, by so many sessions at a time. */
const MAILS = 12
const SESSIONS = 4
/** The worker goes on with broken calls for so long, in milliseconds. */
const WORKS = 500
const SETTLES_WITHIN = 60_000

interface Row {
  number: number
  recipient: string
  sha256: string
  state: string
  message: string
  explanation: string
}

const ROWS = `SELECT d.number, d.recipient, d.state, m.state AS message, m.explanation, o.sha256
  FROM deliveries d JOIN messages m ON m.number = d.number JOIN originals o ON o.number = d.number`

async function sendAll(port: number, sent: Sent[], random: () => number): Promise<void> {
  const upTo = sent.length + MAILS
  const session = async () => {
    while (sent.length < upTo) {
      const mail = mailNumber(sent.length, random)
      sent.push(mail.sent)
      mail.sent.outcome = await attempt(port, mail.message, mail.sent.recipient)
      if (mail.sent.outcome.what === 'unknown') await pause(20)
    }
  }
  await Promise.all(Array.from({ length: SESSIONS }, session))
}

/** Goes away in the middle of a message that has begun to be a file. */
async function goAway(port: number): Promise<void> {
  const client = await SmtpClient.open(port)
  await client.data()
  client.write(`Subject: x\r\n\r\n${`${'x'.repeat(76)}\r\n`.repeat(30_000)}`)
  client.socket.end()
  await client.closed()
}

async function settled(at: Installation): Promise<Row[]> {
  const deadline = Date.now() + SETTLES_WITHIN
  for (;;) {
    const rows = at.rows<Row>(ROWS)
    const open = rows.filter(({ message }) => message !== 'done')
    if (open.length === 0) return rows
    if (Date.now() > deadline) throw new Error(`not worked off: ${JSON.stringify(open)}`)
    await pause(200)
  }
}

test('the kernel says that the disk is broken or full: what got its 250 is archived and leaves', async ({
  assert,
  cleanup,
}) => {
  const smarthost = await collectingListener({ maxMessageSize: 10 * 1024 * 1024 })
  cleanup(() => smarthost.stop())
  const at = await Installation.create({ RELAY_URL: `smtp://127.0.0.1:${smarthost.port}` })
  cleanup(() => at.remove())
  const random = seeded(Number(process.env.SEED ?? 4711))
  const sent: Sent[] = []

  for (const injection of injections) {
    const server = await at.start()
    const failing = await failCalls(server.pid, injection)
    await Promise.all([
      sendAll(at.smtpPort, sent, random),
      goAway(at.smtpPort),
      goAway(at.smtpPort),
    ])
    await pause(WORKS)
    const failed = failing.failed()
    await failing.stop()
    // A sync that failed says nothing about later ones: what is not durable now must not be promised.
    await server.kill()
    assert.isAbove(failed, 0, injection)
  }

  const server = await at.start()
  await sendAll(at.smtpPort, sent, random)
  const rows = await settled(at)
  const archived = Map.groupBy(rows, ({ recipient }) => recipient)
  for (const { recipient, sha256, outcome } of sent) {
    const [row] = archived.get(recipient) ?? []
    if (outcome.what === 'accepted') assert.equal(row?.number, outcome.number, recipient)
    if (outcome.what === 'refused') assert.isUndefined(row, recipient)
    if (row) assert.deepInclude(row, { sha256, state: 'delivered' })
  }
  const recipients = smarthost.accepted.map(({ envelope }) => envelope.rcptTo[0]!)
  assert.sameMembers([...new Set(recipients)], [...archived.keys()])
  const verified = await at.ace('archive:verify')
  assert.equal(verified.code, 0, verified.output)
  assert.equal((await server.stop()).code, 0)
}).timeout(240_000)
