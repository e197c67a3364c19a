import type { TestContext } from '@japa/runner/core'
import { setTimeout as pause } from 'node:timers/promises'
import { startPostfix } from '../servers/postfix.ts'
import { seeded, sendAndKill } from './kill_rounds.ts'
import { Installation } from './webtresor.ts'

/** Connections to the smarthost at a time: each may have had its 250 when the plug was pulled. */
const IN_FLIGHT = 5
/** What is left when the last kill comes is worked off within this time and that for each kill, in milliseconds. */
const SETTLES_WITHIN = 60_000
const BACKLOG = 1000

interface Row {
  number: number
  recipient: string
  state: string
  message: string
  sha256: string
}

const ROWS = `SELECT d.number, d.recipient, d.state, m.state AS message, o.sha256
  FROM deliveries d JOIN messages m ON m.number = d.number JOIN originals o ON o.number = d.number`

async function settled(at: Installation, kills: number): Promise<Row[]> {
  const deadline = Date.now() + SETTLES_WITHIN + kills * BACKLOG
  for (;;) {
    const rows = at.rows<Row>(ROWS)
    const open = rows.filter(({ message }) => message !== 'done')
    if (open.length === 0) return rows
    if (Date.now() > deadline) {
      throw new Error(`${open.length} not worked off, first: ${JSON.stringify(open.slice(0, 3))}`)
    }
    await pause(200)
  }
}

/** Kills the product `kills` times under load: every mail that got its 250 is archived and delivered. */
export async function killed(
  { assert, cleanup }: Pick<TestContext, 'assert' | 'cleanup'>,
  { mails, kills, seed }: { mails: number; kills: number; seed: number }
): Promise<void> {
  const postfix = await startPostfix()
  cleanup(() => postfix.stop())
  const at = await Installation.create({ RELAY_URL: postfix.url })
  cleanup(() => at.remove())

  const { sent, server } = await sendAndKill(at, { mails, kills, random: seeded(seed) })
  const of = (what: string) => sent.filter(({ outcome }) => outcome.what === what)
  assert.isAbove(of('accepted').length, mails / 2)
  assert.isAbove(of('refused').length, mails / 20)

  const rows = await settled(at, kills)
  const archived = new Map(rows.map((row) => [row.recipient, row]))
  assert.equal(archived.size, rows.length, 'a mail that was sent once is archived once')
  for (const { recipient, sha256, outcome } of sent) {
    const row = archived.get(recipient)
    if (outcome.what === 'accepted') assert.equal(row?.number, outcome.number, recipient)
    if (outcome.what === 'refused') assert.isUndefined(row, recipient)
    if (row) assert.deepInclude(row, { sha256, state: 'delivered' })
  }

  // Postfix has answered for each of them; its queue may still hold some.
  await postfix.waitForDelivered(rows.length)
  const copies = Map.groupBy(await postfix.delivered(), ({ recipient }) => recipient)
  assert.sameMembers([...copies.keys()], [...archived.keys()])
  const duplicates = [...copies.values()].flatMap((same) => same.slice(1))
  assert.isAtMost(duplicates.length, kills * IN_FLIGHT)
  for (const [recipient, same] of copies) {
    // Below the trace of Postfix, which tells one attempt from another.
    const forms = new Set(
      same.map(({ raw }) => raw.subarray(raw.indexOf('\r\nReceived: ', 1)).toString())
    )
    assert.equal(forms.size, 1, `${recipient} got copies that differ`)
  }

  const verified = await at.ace('archive:verify')
  assert.equal(verified.code, 0, verified.output)
  assert.equal((await server.stop()).code, 0)
}
