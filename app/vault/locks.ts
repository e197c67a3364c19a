import { PermanentError, Refused } from '#errors'
import type { Access } from './access.ts'
import { refuseLocked } from './adding.ts'
import { change } from './change.ts'
import { lockOf, type EntryRow } from './entries.ts'
import { may } from './roles.ts'
import type { House } from './rows.ts'
import { noted } from './subtree.ts'
import { liveRows } from './tree.ts'
import type { LockColumns } from './undoing.ts'

/**
 * Locks files for everybody but the viewer, until he unlocks them or `until` has come.
 *
 * @throws Refused `E_LOCKED` by somebody else, `E_NOT_A_FILE`, `E_ROLE`, `E_ARCHIVED`; PermanentError `E_UNTIL` unless that is to come
 */
export function lock(house: House, access: Access, ids: number[], until?: Date): Promise<void> {
  return change(house, access, 'change', async (at) => {
    if (until && !(until > at.at)) throw new PermanentError('E_UNTIL', 'A lock ends in the future')
    const rows = filesOf(await liveRows(at.trx, access, ids))
    for (const row of rows) refuseLocked(at, row)
    const end = until?.getTime() ?? null
    for (const row of rows) {
      const since = lockOf(row, at.at)?.since ?? at.at
      await at.trx.from('entries').where('id', row.id).update({
        locked_by_id: at.actor.id,
        locked_by_name: at.actor.name,
        locked_at: since.getTime(),
        lock_until: end,
      })
      at.remember({ did: 'lock', entry: row.id, before: lockColumns(row) })
      at.touched.add(row.id)
    }
    at.note({ what: 'locked', ...noted(rows), details: { until: until?.toISOString() ?? null } })
  })
}

/**
 * Ends locks. Those of others are broken, which is noted for each holder.
 *
 * @throws Refused `E_LOCKED` for locks of others, unless the viewer may break them; `E_ROLE`, `E_ARCHIVED`
 */
export function unlock(house: House, access: Access, ids: number[]): Promise<void> {
  return change(house, access, 'change', async (at) => {
    const rows = filesOf(await liveRows(at.trx, access, ids))
    const held = rows.filter((row) => lockOf(row, at.at) !== null)
    if (!may(access, 'break')) for (const row of held) refuseLocked(at, row)
    await at.trx
      .from('entries')
      .whereIn(
        'id',
        held.map(({ id }) => id)
      )
      .update({ locked_by_id: null, locked_by_name: null, locked_at: null, lock_until: null })
    for (const row of held) {
      at.remember({ did: 'unlock', entry: row.id, before: lockColumns(row) })
      at.touched.add(row.id)
    }
    for (const [holder, own] of Map.groupBy(held, ({ locked_by_id: by }) => by)) {
      if (holder === at.actor.id) at.note({ what: 'unlocked', ...noted(own) })
      else {
        const details = { holder, holderName: own[0]!.locked_by_name }
        at.note({ what: 'lock_broken', ...noted(own), details })
      }
    }
  })
}

function lockColumns(row: EntryRow): LockColumns {
  return {
    locked_by_id: row.locked_by_id,
    locked_by_name: row.locked_by_name,
    locked_at: row.locked_at,
    lock_until: row.lock_until,
  }
}

function filesOf(rows: EntryRow[]): EntryRow[] {
  const folder = rows.find(({ kind }) => kind === 'folder')
  if (!folder) return rows
  throw new Refused('E_NOT_A_FILE', `Entry ${folder.id} is a folder`, {
    facts: { name: folder.name },
  })
}
