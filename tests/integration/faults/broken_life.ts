import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { Assert } from '@japa/assert'
import { Breaker, type Fault } from './breaker.ts'
import { attachment, installation, mail, REFUSED, TAKEN, workedOut } from './life.ts'

/** Cases at a time: most of their time is waiting. */
const AT_ONCE = 16

const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Writes between the first byte of a mail and the last word about it, in order. */
export async function writesOfLife(clamdUrl: string): Promise<string[]> {
  const breaker = new Breaker()
  const at = await installation(clamdUrl)
  const process = await at.start(breaker)
  await process.accept()
  await process.work()
  await process.end()
  await at.remove()
  return breaker.passed
}

/** A life with a fault in it: what the client heard, and whether everything came out well all the same. */
export async function brokenLife(clamdUrl: string, fault: Fault, assert: Assert): Promise<void> {
  const at = await installation(clamdUrl)
  const breaker = new Breaker(fault)
  const first = await at.start(breaker)
  const answers = [await first.accept().catch(() => undefined)]
  await first.work().catch(() => {})
  await first.end()
  if (!answers[0]) {
    const second = await at.start()
    answers.push(await second.accept())
    await second.end()
  }
  await workedOut(at)

  const last = await at.start()
  const about = `${breaker.broken}, ${fault.when}`
  const promised = answers.filter((answer) => answer !== undefined)
  const { messages } = await last.archive.find({ limit: 10 }, 'everything')
  assert.includeMembers(
    messages.map(({ number }) => number),
    promised.map(({ number }) => number),
    about
  )
  // What was not promised may be there all the same, once: its client could not know.
  assert.isAtMost(messages.length, answers.length, about)

  for (const message of messages) {
    assert.equal(message.state, 'done', `${about}: ${message.reason} ${message.explanation}`)
    assert.deepEqual(await buffer(last.archive.original(message)), mail, about)
    const deliveries = await last.deliveries.of(message.number)
    assert.deepEqual(
      deliveries.map(({ recipient, state }) => [recipient, state]),
      [
        [TAKEN, 'delivered'],
        [REFUSED, 'failed'],
      ],
      about
    )
    const [part] = (await last.archive.parts(message.number)).filter(
      ({ action }) => action === 'replace'
    )
    assert.equal(part!.sha256, digestOf(attachment), about)
    const files = await last.vaults.deposits.of(message.number)
    assert.deepEqual(
      files.map(({ sha256, verdict }) => [sha256, verdict]),
      [[digestOf(attachment), 'clean']],
      about
    )
    assert.deepEqual(await buffer(last.vaults.read(files[0]!)), attachment, about)
    const copies = at.copies.filter(({ sha256 }) => sha256 === deliveries[0]!.form!.sha256)
    // Twice only where the peer's answer, or our note of it, was lost.
    assert.isAtLeast(copies.length, 1, about)
    if (!mayLeaveTwice(breaker, fault)) assert.lengthOf(copies, 1, about)
    assert.isAtMost(copies.length, 2, about)
    const types = (await last.ledger.entries({ number: message.number, limit: 100 })).map(
      ({ type }) => type
    )
    for (const type of ['accepted', 'delivered', 'bounced'] as const) {
      assert.lengthOf(
        types.filter((each) => each === type),
        1,
        `${about}: ${type}`
      )
    }
  }
  const letters = await last.db.from('outbox').where('kind', 'bounce')
  assert.lengthOf(letters, messages.length, about)
  assert.deepEqual((await last.ledger.verify()).problems, [], about)
  for await (const problem of last.archive.verifyOriginals()) assert.fail(`${about}: ${problem}`)
  await last.end()
  await at.remove()
}

/** With a fault that lasts, nothing can be noted after the peer has said yes; with one that passes, only a lost answer hurts. */
function mayLeaveTwice(breaker: Breaker, fault: Fault): boolean {
  const peer = breaker.passed.indexOf(`peer ${TAKEN}`) + 1
  if (fault.lasting) return peer > 0 && fault.nth >= peer
  return breaker.broken === `peer ${TAKEN}` && fault.when === 'after'
}

export async function inTurns<Item>(
  items: Item[],
  work: (item: Item) => Promise<void>
): Promise<void> {
  const left = [...items]
  const turn = async () => {
    for (let item = left.shift(); item; item = left.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, turn))
}
