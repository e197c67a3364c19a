import type { Assert } from '@japa/assert'
import { setTimeout as pause } from 'node:timers/promises'
import { startRedis } from '../servers/redis.ts'
import { attempt, mailNumber, seeded, type Sent } from './kill_rounds.ts'
import { rowsOf, severalProcesses, type Several } from './several_processes.ts'

/** Sessions at a time, half of them at each gateway. */
const SESSIONS = 4
/** Each blow comes within this time after the last wounds were bound, in milliseconds. */
const WORK = 1_500
/** Mails that one worker may have had on the line when it died. */
const IN_FLIGHT = 4
/** A dead worker's mail is found when its lease and its job have run out. Milliseconds. */
const SETTLES_WITHIN = 150_000

interface Row {
  number: number
  recipient: string
  state: string
  sha256: string
}

const ROWS = `SELECT d.number, d.recipient, d.state, o.sha256
  FROM deliveries d JOIN originals o ON o.number = d.number`

/** What befalls the installation in a round, and how it is mended. */
type Blow = (several: Several, random: () => number) => Promise<void>

const killOne: Blow = async ({ roles, running, start }, random) => {
  const role = roles[Math.floor(random() * roles.length)]!
  await running.get(role.name)!.kill()
  await start(role)
}

const killAll: Blow = async ({ running, startAll }) => {
  await Promise.all([...running.values()].map((one) => one.kill()))
  await startAll()
}

const forget: Blow = ({ redis }) => redis!.flush()

const freeze: Blow = async ({ redis }, random) => {
  redis!.pause()
  await pause(random() * 3000)
  redis!.resume()
}

const restartRedis: Blow = async (several, random) => {
  const { port, stop } = several.redis!
  await stop()
  await pause(random() * 2000)
  several.redis = await startRedis({ port })
}

const restartDatabase: Blow = async ({ postgres }, random) => {
  await postgres.shutDown(random() < 0.5 ? 'SIGINT' : 'SIGQUIT')
  await pause(random() * 2000)
  await postgres.comeBack()
}

const blows: Blow[] = [
  ...Array.from({ length: 5 }, () => killOne),
  killAll,
  forget,
  freeze,
  restartRedis,
  restartDatabase,
]

/**
 * Two gateways and two workers under load, while one, all, Redis or PostgreSQL are struck in each round: what got its 250 is
 * archived and delivered, what was refused is not, no number is missing and the archive verifies.
 *
 * @param options.rounds every ten of them have each kind of blow in a random order
 */
export async function severalKillRounds(
  assert: Assert,
  { rounds, mails, seed }: { rounds: number; mails: number; seed: number }
): Promise<void> {
  const random = seeded(seed)
  const several = await severalProcesses('redis')
  try {
    await several.startAll()
    const sent: Sent[] = []
    let order: Blow[] = []
    for (let round = 1; round <= rounds; round++) {
      if (order.length === 0) order = blows.toSorted(() => random() - 0.5)
      let over = false
      const sending = sendUpTo(
        several,
        sent,
        Math.round((mails * round) / rounds),
        () => over,
        random
      )
      await pause(random() * WORK)
      await order.pop()!(several, random)
      over = true
      await sending
    }
    await sendUpTo(several, sent, mails, () => false, random)
    await settled(several)
    await check(assert, several, sent, rounds)
  } finally {
    await several.stop()
  }
}

async function sendUpTo(
  { ports }: Several,
  sent: Sent[],
  count: number,
  over: () => boolean,
  random: () => number
): Promise<void> {
  const session = async (_: unknown, lane: number) => {
    while (sent.length < count && !over()) {
      const mail = mailNumber(sent.length, random)
      sent.push(mail.sent)
      mail.sent.outcome = await attempt(ports[lane % 2]!, mail.message, mail.sent.recipient)
      // A gateway that is down refuses at once, and would eat up all mails of the round.
      if (mail.sent.outcome.what === 'unknown') await pause(100)
    }
  }
  await Promise.all(Array.from({ length: SESSIONS }, session))
}

async function settled({ database, running }: Several): Promise<void> {
  const deadline = Date.now() + SETTLES_WITHIN
  for (;;) {
    const open = await rowsOf<{ number: number; state: string; explanation: string }>(
      database,
      "SELECT number, state, explanation FROM messages WHERE state <> 'done' LIMIT 5"
    )
    if (open.length === 0) return
    if (Date.now() > deadline) {
      const said = [...running].map(([name, one]) => `${name}: ${one.output().slice(-1000)}`)
      throw new Error(`not worked off: ${JSON.stringify(open)}\n${said.join('\n')}`)
    }
    await pause(300)
  }
}

async function check(
  assert: Assert,
  { at, database, delivered, running }: Several,
  sent: Sent[],
  rounds: number
): Promise<void> {
  const rows = await rowsOf<Row>(database, ROWS)
  const archived = new Map(rows.map((row) => [row.recipient, row]))
  assert.equal(archived.size, rows.length, 'a mail that was sent once is archived once')
  assert.isAbove(rows.length, sent.length / 4)
  for (const { recipient, sha256, outcome } of sent) {
    const row = archived.get(recipient)
    if (outcome.what === 'accepted') assert.equal(Number(row?.number), outcome.number, recipient)
    if (outcome.what === 'refused') assert.isUndefined(row, recipient)
    if (row) assert.deepInclude(row, { sha256, state: 'delivered' })
  }

  const copies = Map.groupBy(delivered, ({ envelope }) => envelope.rcptTo[0]!)
  assert.sameMembers([...copies.keys()], [...archived.keys()])
  const duplicates = [...copies.values()].flatMap((same) => same.slice(1))
  assert.isAtMost(duplicates.length, rounds * 2 * IN_FLIGHT)

  const [numbers] = await rowsOf<{ gaps: number }>(
    database,
    'SELECT (max(number) - count(*))::int AS gaps FROM messages'
  )
  const [ledger] = await rowsOf<{ gaps: number }>(
    database,
    'SELECT (max("index") + 1 - count(*))::int AS gaps FROM ledger_entries'
  )
  assert.deepEqual([numbers!.gaps, ledger!.gaps], [0, 0])
  for (const one of running.values()) assert.equal((await one.stop()).code, 0, one.output())
  const verified = await at.ace('archive:verify')
  assert.equal(verified.code, 0, verified.output)
}
