import { transaction } from '#transaction'
import { current } from './people.ts'
import { enqueue, type House } from './rows.ts'
import { digestAt, digestDay } from './schedule.ts'

/** Row of the settings table with the day whose digest was handed out last. */
const KEY = 'notifications.digest'

/** People in one transaction. */
const AT_ONCE = 200

/**
 * Hands out the newest digest that has come due, once: a person has one row a day, so that a second run, or one after a crash,
 * adds nobody.
 */
export async function handOutDigest(house: House): Promise<void> {
  const day = digestDay(house.now(), house.timeZone)
  const done: { value: string } | null = await house.db.from('settings').where('key', KEY).first()
  // A clock that was set back hands out nothing again.
  if (done && done.value >= day) return
  const until = digestAt(day, house.timeZone).getTime()
  let after = 0
  for (;;) {
    const people = await transaction(house.db, async (trx) => {
      const rows: { user_id: number }[] = await trx
        .from('memberships')
        .join('vaults', 'vaults.id', 'memberships.vault_id')
        .distinct('memberships.user_id')
        .where('memberships.notify', 'daily')
        .where('memberships.user_id', '>', after)
        .where(current(house.now()))
        .whereRaw('vaults.changed_at > COALESCE(memberships.notified_at, 0)')
        .whereRaw('vaults.changed_at > COALESCE(memberships.last_visit_at, 0)')
        .orderBy('memberships.user_id')
        .limit(AT_ONCE)
      for (const { user_id: userId } of rows) {
        await enqueue(house, trx, {
          user_id: userId,
          key: `daily:${day}:${userId}`,
          kind: 'daily',
          until,
        })
      }
      return rows
    })
    if (people.length < AT_ONCE) break
    after = people.at(-1)!.user_id
  }
  await transaction(house.db, async (trx) => {
    await trx
      .knexQuery()
      .table('settings')
      .insert({ key: KEY, value: day })
      .onConflict('key')
      .merge()
  })
}
