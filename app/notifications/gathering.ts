import { transaction } from '#transaction'
import type { Database } from '@adonisjs/lucid/database'
import { current, members, reasonAgainst, untoldSince } from './people.ts'
import { enqueue, type House } from './rows.ts'
import { tellAt } from './schedule.ts'

/** What is younger than this is left for the next time, in milliseconds: a transaction may still be writing beside it. */
const SETTLED = 30_000

/** Vaults in which something happened that somebody who wants to know at once has neither seen nor been told. */
export async function untoldVaults(db: Database, now: Date, limit: number): Promise<number[]> {
  const rows: { vault_id: number }[] = await db
    .from('memberships')
    .join('vaults', 'vaults.id', 'memberships.vault_id')
    .distinct('memberships.vault_id')
    .where('memberships.notify', 'at_once')
    .where(current(now))
    .whereNull('vaults.trashed_at')
    .where('vaults.changed_at', '<=', now.getTime() - SETTLED)
    .whereRaw('vaults.changed_at > COALESCE(memberships.notified_at, 0)')
    .whereRaw('vaults.changed_at > COALESCE(memberships.last_visit_at, 0)')
    .orderBy('memberships.vault_id')
    .limit(limit)
  return rows.map(({ vault_id: id }) => id)
}

/**
 * Tells the members of a vault who want to know at once, each whose news have come to rest. Rows and the note that they are
 * written stand in one transaction.
 */
export async function gather(house: House, vaultId: number): Promise<void> {
  await transaction(house.db, async (trx) => {
    const now = house.now()
    const until = new Date(now.getTime() - SETTLED)
    const vault = await house.vaults.byId(trx, vaultId)
    const wanting = await members(trx, (rows) => {
      rows.where({ 'memberships.vault_id': vaultId, 'memberships.notify': 'at_once' })
      current(now)(rows)
    })
    for (const member of wanting) {
      if (reasonAgainst(member, now) !== null) continue
      const { userId, role } = member
      const since = untoldSince(member)
      const { total, first, last } = await house.vaults.news.of(
        trx,
        vault,
        { userId, role },
        { since, until },
        0
      )
      const isNews = total > 0 && first !== null && last !== null
      if (isNews && tellAt(first, last) > now) continue
      if (isNews) {
        await enqueue(house, trx, {
          user_id: userId,
          key: `at_once:${vaultId}:${until.getTime()}:${userId}`,
          kind: 'at_once',
          vault_id: vaultId,
          since: since.getTime(),
          until: until.getTime(),
        })
      }
      // What happened so far is told, or was nothing for him.
      if (isNews || vault.changedAt <= until) {
        await trx
          .from('memberships')
          .where({ vault_id: vaultId, user_id: userId })
          .update({ notified_at: until.getTime() })
      }
    }
  })
}
