import { test } from '@japa/runner'
import { randomUUID } from 'node:crypto'
import { Sessions, sessionKey } from '#accounts'
import { transaction } from '#transaction'
import { freshAccounts, type Place } from './fresh_accounts.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
const visit = { agent: 'Firefox', network: '203.0.113.0/24' }

async function freshSessions(place: Place) {
  const house = await freshAccounts(place)
  const sessions = new Sessions({ db: house.db, now: house.now })
  const { id: accountId } = await house.accounts.createUser(house.person(), 'command line')
  async function begin(more = {}) {
    const id = randomUUID()
    const content = { data: { a: 1 }, accountId, complete: true, remembered: false, ...more }
    await sessions.begin(id, content, visit)
    return id
  }
  return { ...house, sessions, accountId, begin }
}

test.group('sessions', () => {
  test('live {idle} without use and {longest} at most, {what}')
    .with([
      { what: 'else', remembered: false, idle: '8 hours', longest: '1 day' },
      { what: 'when asked for', remembered: true, idle: '30 days', longest: '30 days' },
    ])
    .run(async ({ assert, cleanup }, { remembered, idle, longest }) => {
      const { sessions, clock, begin } = await freshSessions({ cleanup })
      const span = (text: string) => Number.parseInt(text) * (text.includes('hour') ? HOUR : DAY)
      const start = clock.at
      const unused = await begin({ remembered })
      const used = await begin({ remembered })
      clock.at = start + span(idle) - 1
      assert.isNotNull(await sessions.read(unused))
      const half = span(idle) / 2
      for (clock.at = start + half; clock.at < start + span(longest); clock.at += half) {
        const found = await sessions.read(used)
        await sessions.touch(used, remembered, found!.seenAt)
      }
      clock.at = start + span(longest) - 1
      assert.isNotNull(await sessions.read(used))
      if (span(idle) < span(longest)) assert.isNull(await sessions.read(unused))
      clock.at = start + span(longest)
      assert.isNull(await sessions.read(used))
    })

  test('a new number gives no longer life', async ({ assert, cleanup }) => {
    const { sessions, clock, begin } = await freshSessions({ cleanup })
    const since = clock.at
    clock.at += DAY - 60_000
    const id = await begin({ since })
    clock.at += 60_000
    assert.isNull(await sessions.read(id))
  })

  test('what has ended does not come back by a request that began before', async ({
    assert,
    cleanup,
  }) => {
    const { db, sessions, accountId, begin } = await freshSessions({ cleanup })
    const [mine, other] = [await begin(), await begin()]
    const waiting = await begin({ complete: false })
    assert.lengthOf(await sessions.of(accountId), 2)
    const ended = await transaction(db, (trx) => sessions.end(trx, accountId, sessionKey(mine)))
    assert.equal(ended, 2)
    const content = { data: {}, accountId, complete: true, remembered: false }
    assert.isFalse(await sessions.change(other, content, visit))
    assert.isFalse(await sessions.remove(other))
    for (const gone of [other, waiting]) assert.isNull(await sessions.read(gone))
    assert.deepEqual(
      (await sessions.of(accountId)).map(({ key, network }) => ({ key, network })),
      [{ key: sessionKey(mine), network: '203.0.113.0/24' }]
    )
    assert.isFalse(await sessions.endOne(accountId + 1, sessionKey(mine)), 'somebody else’s')
    assert.isTrue(await sessions.endOne(accountId, sessionKey(mine)))
  })

  test('the table knows no number, and old rows are swept', async ({ assert, cleanup }) => {
    const { db, clock, begin } = await freshSessions({ cleanup })
    const id = await begin()
    assert.notInclude(JSON.stringify(await db.from('sessions')), id)
    clock.at += 2 * DAY
    await begin()
    assert.lengthOf(await db.from('sessions'), 1)
  })
})
