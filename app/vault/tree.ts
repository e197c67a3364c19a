import type { DatabaseQueryBuilderContract } from '@adonisjs/lucid/types/querybuilder'
import { IntegrityError, NotFound, PermanentError, Refused } from '#errors'
import { rows as ask } from '#prepared'
import type { Access } from './access.ts'
import { entriesWithContent, fromEntry, type EntryRow, type VaultEntry } from './entries.ts'
import type { House, Source } from './rows.ts'

/** Names in a path, from the top level to the file. */
export const DEEPEST = 64

/** Entries that one verb takes: databases bind only so many values. */
const AT_ONCE = 5000

/** One step of a path, as crumbs show it. */
export interface Crumb {
  id: number
  name: string
}

/** Folders on the way to what somebody put in: whoever put it in may pass through them. */
const PASSED = `WITH RECURSIVE passed (id) AS (
  SELECT DISTINCT parent_id FROM entries WHERE vault_id = ? AND made_by_id = ? AND trashed_at IS NULL
  UNION
  SELECT entries.parent_id FROM entries JOIN passed ON passed.id = entries.id
) SELECT id FROM passed`

/** Leaves out of a query on entries what is not for this viewer: a contributor sees what he put in, and the way to it. */
export function visibleTo(
  { role, viewer, vault }: Access,
  query: DatabaseQueryBuilderContract<EntryRow>,
  kind?: 'folder' | 'file'
): DatabaseQueryBuilderContract<EntryRow> {
  if (role !== 'contributor') return query
  if (kind === 'file') return query.where('entries.made_by_id', viewer.id)
  return query.where(
    (rows) =>
      void rows
        .where('entries.made_by_id', viewer.id)
        .orWhereRaw(`entries.id IN (${PASSED})`, [vault.id, viewer.id])
  )
}

export const noEntry = (access: Access, id: number) =>
  new NotFound('E_NO_ENTRY', `No entry ${id} in vault ${access.vault.number} for this viewer`)

/** What fits the column of ids: databases say no to the rest, as an error of ours. */
export const isId = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) < 2 ** 31

/** Rows of entries that are there and his to see, the trash left out. @throws NotFound `E_NO_ENTRY` for the first that is not */
export async function liveRows(source: Source, access: Access, ids: number[]): Promise<EntryRow[]> {
  const rows = await rowsThere(source, access, ids)
  if (rows.length < new Set(ids).size) {
    const there = new Set(rows.map(({ id }) => id))
    throw noEntry(
      access,
      ids.find((id) => !there.has(id))!
    )
  }
  return rows
}

/** Rows of those that are there, in the order of `ids`. */
async function rowsThere(source: Source, access: Access, ids: number[]): Promise<EntryRow[]> {
  if (ids.length > AT_ONCE) {
    throw new PermanentError('E_TOO_MANY', `${ids.length} entries are more than ${AT_ONCE} at once`)
  }
  const wanted = [...new Set(ids)].filter(isId)
  const found = new Map<number, EntryRow>()
  for (let start = 0; start < wanted.length; start += 500) {
    const query = entriesWithContent(source)
      .where('entries.vault_id', access.vault.id)
      .whereNull('entries.trashed_at')
      .whereIn('entries.id', wanted.slice(start, start + 500))
    const rows: EntryRow[] = await visibleTo(access, query)
    for (const row of rows) found.set(row.id, row)
  }
  return wanted.flatMap((id) => found.get(id) ?? [])
}

/** @param id null: the top level, which is always there */
export async function liveFolder(
  source: Source,
  access: Access,
  id: number | null
): Promise<EntryRow | null> {
  if (id === null) return null
  const [row] = await liveRows(source, access, [id])
  if (row!.kind !== 'folder') throw new NotFound('E_NO_ENTRY', `Entry ${id} is no folder`)
  return row!
}

/** A file or folder by id. @throws NotFound `E_NO_ENTRY` */
export async function entry(house: House, access: Access, id: number): Promise<VaultEntry> {
  const [row] = await liveRows(house.db, access, [id])
  return fromEntry(row!, house.now())
}

/** Files and folders by id, as far as they are there, in the order of `ids`. */
export async function entries(house: House, access: Access, ids: number[]): Promise<VaultEntry[]> {
  const rows = await rowsThere(house.db, access, ids)
  return rows.map((row) => fromEntry(row, house.now()))
}

/** A folder and those above it, in one statement: it is asked for with each that is made. One level too many shows a circle. */
const PATH = `WITH RECURSIVE path (id, name, parent_id, level) AS (
  SELECT id, name, parent_id, 1 FROM entries WHERE id = ?
  UNION ALL
  SELECT entries.id, entries.name, entries.parent_id, level + 1 FROM path CROSS JOIN entries
  WHERE entries.id = path.parent_id AND level <= ${DEEPEST}
) SELECT id, name, parent_id FROM path ORDER BY level DESC`

/** Folders from the top level down to `id`, itself included. */
export async function pathTo(source: Source, id: number | null): Promise<Crumb[]> {
  if (!id) return []
  const path = await ask<Crumb & { parent_id: number }>(source, PATH, [id])
  if (path[0]?.parent_id !== 0) {
    throw new IntegrityError('E_VAULT_TREE', `Entry ${id} does not lie in a tree`)
  }
  return path.map(({ id: folder, name }) => ({ id: folder, name }))
}

/** @throws Refused `E_DEPTH` when `levels` more would lie too deep below a folder */
export async function assertDepth(
  source: Source,
  folder: number | null,
  levels: number
): Promise<void> {
  const { length } = await pathTo(source, folder)
  if (length + levels <= DEEPEST) return
  throw new Refused('E_DEPTH', `${length + levels} levels are more than ${DEEPEST}`, {
    facts: { deepest: DEEPEST },
  })
}
