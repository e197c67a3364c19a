import type { TestContext } from '@japa/runner/core'
import { test } from '@japa/runner'
import { buffer } from 'node:stream/consumers'
import { freshHouse, MINUTE, stranger } from '../links/house.ts'
import { Breaker, type Fault } from './breaker.ts'

/** A person presses a button again so often. */
const PATIENCE = 3

/** Does it again when it fails, as a person would. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let left = PATIENCE; ; left--) {
    try {
      return await work()
    } catch (error) {
      if (left === 0) throw error
    }
  }
}

/**
 * Somebody opens a link, has a code sent, enters it and downloads all files, while one write of all that fails.
 *
 * @returns names of the writes
 */
async function visit(
  { assert, cleanup }: Pick<TestContext, 'assert' | 'cleanup'>,
  fault?: Fault
): Promise<string[]> {
  const breaker = new Breaker()
  const house = await freshHouse({ cleanup }, {}, breaker)
  const { links, clock } = house
  const { token } = await house.issue()
  breaker.arm(fault)

  await again(() => links.open(token, stranger))
  let device: string | undefined
  for (let round = 0; round < PATIENCE && !device; round++) {
    clock.at += 5 * MINUTE
    await again(() => links.requestCode(token, stranger))
    const code = (await house.mails('code')).at(-1)!.subject.slice(0, 6)
    const result = await again(() => links.confirm(token, code, { ...stranger, remember: true }))
    if (result.status === 'confirmed') device = result.device
  }
  const visitor = { ...stranger, device }
  assert.equal((await again(() => links.open(token, visitor))).state, 'open')
  const { ticket } = await again(() => links.ticket(token, 'all', visitor))
  const download = await again(() => links.redeem(token, ticket, visitor))
  await again(() => download.begin())
  const zip = await buffer(download.read({ start: 0, end: download.size }))
  assert.equal(zip.length, download.size)
  await again(() => download.record(0, download.size, true))

  const passed = [...breaker.passed]
  breaker.arm(undefined)
  const about = fault ? `${passed[fault.nth - 1]} ${fault.when}` : ''
  const events = await house.events()
  const count = (type: string) => events.filter((each) => each === type).length
  assert.equal(count('link_downloaded'), 2, about)
  assert.isAtLeast(count('link_confirmed'), 1, about)
  assert.deepEqual(await house.problems(), [], about)
  const told = await house.mails('all_fetched')
  assert.isAtMost(told.length, 1, about)
  return passed
}

for (const when of ['before', 'after'] as const) {
  test(`Broken twice: each write of the link page fails ${when} it took place`, async (context) => {
    const writes = await visit(context)
    context.assert.includeMembers(writes, ['database INSERT link_codes', 'database COMMIT'])
    const step = process.env.TEST_DATABASE_URL ? 4 : 1
    for (let nth = 1; nth <= writes.length; nth += step) await visit(context, { nth, when })
  })
}
