import { randomUUID } from 'node:crypto'
import { NotFound } from '#errors'
import { transaction } from '#transaction'
import type { Access } from './access.ts'
import { freeName, takenBy } from './adding.ts'
import { change, changeBy, type Change } from './change.ts'
import { entriesWithContent, fromEntry, type EntryRow, type VaultEntry } from './entries.ts'
import { nameColumns } from './names.ts'
import { assertMay } from './roles.ts'
import type { House } from './rows.ts'
import { below, heightOf, noted, refuseLockedBelow, topmost } from './subtree.ts'
import { assertDepth, isId, liveRows } from './tree.ts'

/** What was removed stays in the trash for this long, in milliseconds. */
export const KEPT_IN_TRASH = 30 * 24 * 60 * 60 * 1000

/** What was removed together with a folder, see `below`; what was in the trash before stays there by itself. */
const REMOVED_WITH = `id IN (WITH RECURSIVE inside (id, batch) AS (
    SELECT id, trash_batch FROM entries WHERE id = ?
    UNION ALL
    SELECT entries.id, entries.trash_batch FROM inside CROSS JOIN entries
    WHERE entries.parent_id = inside.id AND entries.trash_batch = inside.batch
  ) SELECT id FROM inside)`

/** Batches that one sweep destroys. */
const BATCHES_AT_ONCE = 50

/**
 * Puts files and folders, with all that is in them, into the trash.
 *
 * @returns the batch, which `restore` takes back
 * @throws Refused `E_LOCKED`, `E_ROLE`, `E_ARCHIVED`; NotFound `E_NO_ENTRY`
 */
export function remove(house: House, access: Access, ids: number[]): Promise<string> {
  return change(house, access, 'change', async (at) => {
    const rows = await topmost(at.trx, await liveRows(at.trx, access, ids))
    await refuseLockedBelow(
      at,
      rows.map(({ id }) => id)
    )
    const batch = await trashRows(at, rows)
    at.remember({ did: 'trash', batch })
    at.note({ what: 'removed', ...noted(rows), details: { batch, count: rows.length } })
    return batch
  })
}

/** @returns the batch */
export async function trashRows(at: Change, rows: EntryRow[]): Promise<string> {
  const batch = randomUUID()
  const ids = rows.map(({ id }) => id)
  if (ids.length === 0) return batch
  const { sql, bindings } = below(at.vault.id, ids)
  await at.trx.from('entries').whereRaw(`id IN (${sql})`, bindings).update({
    trashed_at: at.at.getTime(),
    trashed_by_id: at.actor.id,
    trashed_by_name: at.actor.name,
    trash_batch: batch,
  })
  await at.trx.from('entries').whereIn('id', ids).update({ trash_root: true })
  for (const id of ids) at.touched.add(id)
  return batch
}

export interface TrashPage {
  entries: VaultEntry[]
  /** Key of the next page; null at the end. */
  next: string | null
}

/** What was removed and can be restored, newest first. @throws Refused `E_ROLE` */
export async function trash(
  house: House,
  access: Access,
  page: { after?: string | null; limit: number }
): Promise<TrashPage> {
  assertMay({ ...access, readOnly: null }, 'change')
  const query = entriesWithContent(house.db)
    .where('entries.vault_id', access.vault.id)
    .whereRaw('entries.trash_root')
    .whereNull('entries.purged_at')
    .orderBy([
      { column: 'entries.trashed_at', order: 'desc' },
      { column: 'entries.id', order: 'desc' },
    ])
    .limit(page.limit + 1)
  const [at, id] = (page.after ?? '').split('-').map(Number)
  if (isId(id) && Number.isSafeInteger(at))
    query.whereRaw('(entries.trashed_at, entries.id) < (?, ?)', [at!, id])
  const rows: EntryRow[] = await query
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  return {
    entries: shown.map((row) => fromEntry(row, house.now())),
    next: rows.length > shown.length && last ? `${last.trashed_at}-${last.id}` : null,
  }
}

/**
 * Takes things out of the trash to where they lay, or to the next folder above that is still there. Where the name is taken
 * they get a number.
 *
 * @param what a batch, or ids of what the trash lists
 * @returns ids
 * @throws NotFound `E_NO_ENTRY` for what is not in the trash; Refused `E_DEPTH`, `E_ROLE`, `E_ARCHIVED`
 */
export function restore(house: House, access: Access, what: string | number[]): Promise<number[]> {
  return change(house, access, 'change', async (at) => {
    const rows = await restoreRows(at, what)
    const ids = rows.map(({ id }) => id)
    at.remember({ did: 'restore', entries: ids })
    at.note({ what: 'restored', ...noted(rows), details: { count: rows.length } })
    for (const id of ids) at.touched.add(id)
    return ids
  })
}

/** @returns rows with their names as they are now. @throws NotFound `E_NO_ENTRY`; Refused `E_DEPTH` */
export async function restoreRows(at: Change, what: string | number[]): Promise<EntryRow[]> {
  const rows = await rootsOf(at, what)
  for (const row of rows) await restoreOne(at, row)
  return rows
}

async function rootsOf(at: Change, what: string | number[]): Promise<EntryRow[]> {
  const query = entriesWithContent(at.trx)
    .where('entries.vault_id', at.vault.id)
    .whereRaw('entries.trash_root')
    .whereNull('entries.purged_at')
    .orderBy('entries.id')
  const rows: EntryRow[] =
    typeof what === 'string'
      ? await query.where('trash_batch', what)
      : await query.whereIn('entries.id', what)
  const wanted = typeof what === 'string' ? 1 : new Set(what).size
  if (rows.length < wanted) throw new NotFound('E_NO_ENTRY', 'Not in the trash any more')
  return rows
}

async function restoreOne(at: Change, row: EntryRow): Promise<void> {
  const { trx, vault } = at
  const parent = await nearestFolder(at, row.parent_id)
  const there = await takenBy(trx, vault.id, parent, row.name)
  const name = there ? await freeName(trx, vault.id, parent, row.name) : row.name
  await trx
    .from('entries')
    .where('id', row.id)
    .update({ parent_id: parent ?? 0, ...nameColumns(name, row.kind) })
  await trx.from('entries').whereRaw(REMOVED_WITH, [row.id]).update({
    trashed_at: null,
    trashed_by_id: null,
    trashed_by_name: null,
    trash_batch: null,
    trash_root: false,
  })
  row.name = name
  await assertDepth(trx, parent, await heightOf(trx, vault.id, [row.id]))
}

/** The folder, or the next one above it that is in this vault and not in the trash. */
async function nearestFolder(at: Change, id: number): Promise<number | null> {
  for (let next = id; next !== 0;) {
    const row: { id: number; parent_id: number; trashed_at: number | null } | null = await at.trx
      .from('entries')
      .where({ id: next, vault_id: at.vault.id })
      .select('id', 'parent_id', 'trashed_at')
      .first()
    if (!row) return null
    if (row.trashed_at === null) return row.id
    next = row.parent_id
  }
  return null
}

/**
 * Destroys what is in the trash, or some of it; the bytes follow with the next sweep.
 *
 * @param ids of what the trash lists; everything when left out
 * @throws NotFound `E_NO_ENTRY`; Refused `E_ROLE` for all but the owner, `E_ARCHIVED`
 */
export function emptyTrash(house: House, access: Access, ids?: number[]): Promise<void> {
  return change(house, access, 'purge', async (at) => {
    if (!ids) return purge(at, 'trashed_at IS NOT NULL', [])
    const roots = await rootsOf(at, ids)
    for (const { id } of roots) await purge(at, REMOVED_WITH, [id])
  })
}

/** Takes entries that are in the trash out of use for good. @param where SQL on `entries` */
async function purge(at: Change, where: string, bindings: (string | number)[]): Promise<void> {
  const { trx, vault } = at
  const gone = () =>
    trx
      .from('entries')
      .where('vault_id', vault.id)
      .whereNotNull('trashed_at')
      .whereNull('purged_at')
      .whereRaw(where, bindings)
  const roots: EntryRow[] = await gone().whereRaw('trash_root').orderBy('id').limit(200)
  const versions = () =>
    trx.from('versions').whereIn('entry_id', gone().select('id')).whereNull('retired_at')
  const [sum] = (await versions().sum('size as bytes').count('* as files')) as {
    bytes: number | string | null
    files: number | string
  }[]
  const bytes = Number(sum?.bytes ?? 0)
  if (roots.length === 0) return
  await versions().update({ retired_at: at.at.getTime() })
  await at.charge(-bytes)
  // Files first: the way to them leads through their folders.
  await gone().where('kind', 'file').update({ purged_at: at.at.getTime() })
  await gone().delete()
  at.note({ what: 'emptied', ...noted(roots), details: { bytes, versions: Number(sum?.files) } })
}

/** Destroys what was removed 30 days ago. @returns batches. For the sweep */
export async function purgeOld(house: House): Promise<number> {
  const before = house.now().getTime() - KEPT_IN_TRASH
  const old: { vault_id: number; trash_batch: string }[] = await house.db
    .from('entries')
    .whereRaw('trash_root')
    .whereNull('purged_at')
    .where('trashed_at', '<=', before)
    .distinct('vault_id', 'trash_batch')
    .limit(BATCHES_AT_ONCE)
  for (const { vault_id: vault, trash_batch: batch } of old) {
    await transaction(house.db, (trx) =>
      changeBy(house, trx, vault, { id: null, name: '' }, (at) =>
        purge(at, 'trash_batch = ?', [batch])
      )
    )
  }
  return old.length
}
