import type { Access } from './access.ts'
import { entriesWithContent, fromEntry, type EntryRow, type VaultEntry } from './entries.ts'
import { assertMay } from './roles.ts'
import type { House } from './rows.ts'
import { isId, liveFolder, pathTo, visibleTo, type Crumb } from './tree.ts'

export type Sort = 'name' | 'changed' | 'type' | 'size' | 'madeBy' | 'changedBy'

/** Each has an index of its own, see database/migrations/3000. */
const columns: Record<Sort, keyof EntryRow> = {
  name: 'sort_name',
  changed: 'changed_at',
  type: 'extension',
  size: 'size',
  madeBy: 'made_by_name',
  changedBy: 'changed_by_name',
}

const numbers: ReadonlySet<Sort> = new Set(['changed', 'size'])

export interface ListOptions {
  sort?: Sort
  descending?: boolean
  /** What the page before said as `next`. */
  after?: string | null
  limit: number
}

export interface Listing {
  entries: VaultEntry[]
  /** Key of the next page; null at the end. */
  next: string | null
  /** null at the top level. */
  folder: VaultEntry | null
  path: Crumb[]
}

/** Where a page ended. */
interface Key {
  kind: 'folder' | 'file'
  value: string | number
  id: number
}

/** What lies in a folder: folders first, then files, each in the order that is asked for. */
export async function list(
  house: House,
  access: Access,
  folderId: number | null,
  options: ListOptions
): Promise<Listing> {
  assertMay(access, 'see')
  const folder = await liveFolder(house.db, access, folderId)
  const rows = await rowsOf(house, access, folderId, options)
  const shown = rows.slice(0, options.limit)
  const last = shown.at(-1)
  return {
    entries: shown.map((row) => fromEntry(row, house.now())),
    next: rows.length > shown.length && last ? keyOf(last, options) : null,
    folder: folder && fromEntry(folder, house.now()),
    path: await pathTo(house.db, folderId),
  }
}

/** How a folder is sorted, without the page. */
export type Order = Pick<ListOptions, 'sort' | 'descending'>

/**
 * Where entries stand in the order of their folder, for a list that is shown already and to which some come.
 *
 * @returns of each that lies there, in no order, the id of the one behind it; null for the last
 */
export async function following(
  house: House,
  access: Access,
  folderId: number | null,
  ids: number[],
  order: Order
): Promise<Map<number, number | null>> {
  assertMay(access, 'see')
  const query = entriesWithContent(house.db)
    .where('entries.vault_id', access.vault.id)
    .where('entries.parent_id', folderId ?? 0)
    .whereNull('entries.trashed_at')
    .whereIn('entries.id', ids)
  const rows = (await visibleTo(access, query)) as EntryRow[]
  const found = new Map<number, number | null>()
  for (const row of rows) {
    const after = keyOf(row, order)
    const [next] = await rowsOf(house, access, folderId, { ...order, after, limit: 0 })
    found.set(row.id, next?.id ?? null)
  }
  return found
}

/** One more than asked for, to know whether there are more. */
async function rowsOf(
  house: House,
  access: Access,
  folderId: number | null,
  options: ListOptions
): Promise<EntryRow[]> {
  const { after, limit } = options
  const key = after ? read(after, options.sort ?? 'name') : undefined
  const rows: EntryRow[] = []
  for (const kind of ['folder', 'file'] as const) {
    if (rows.length > limit || (kind === 'folder' && key?.kind === 'file')) continue
    const query = walk(house, access, folderId, kind, options)
    if (key?.kind === kind) behind(query, key, options)
    rows.push(...((await query.limit(limit + 1 - rows.length)) as EntryRow[]))
  }
  return rows
}

function walk(
  house: House,
  access: Access,
  folderId: number | null,
  kind: 'folder' | 'file',
  { sort = 'name', descending }: ListOptions
) {
  const direction = descending ? 'desc' : 'asc'
  const query = entriesWithContent(house.db)
    .where('entries.vault_id', access.vault.id)
    .where('entries.parent_id', folderId ?? 0)
    .where('entries.kind', kind)
    .whereNull('entries.trashed_at')
    .orderBy([
      { column: `entries.${columns[sort]}`, order: direction },
      { column: 'entries.id', order: direction },
    ])
  return visibleTo(access, query, kind)
}

function behind(
  query: ReturnType<typeof walk>,
  key: Key,
  { sort = 'name', descending }: ListOptions
) {
  const sign = descending ? '<' : '>'
  query.whereRaw(`(entries.${columns[sort]}, entries.id) ${sign} (?, ?)`, [key.value, key.id])
}

function keyOf(row: EntryRow, { sort = 'name' }: Order): string {
  const value = row[columns[sort]]
  return Buffer.from(JSON.stringify([row.kind, value, row.id])).toString('base64url')
}

/** A key that is none, or one of another order, begins at the first: databases take no text for a number. */
function read(text: string, sort: Sort): Key | undefined {
  try {
    const [kind, value, id] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[]
    if (kind !== 'folder' && kind !== 'file') return undefined
    if (!isId(id) || !(numbers.has(sort) ? isNumber(value) : isText(value))) return undefined
    return { kind, value: value as string | number, id }
  } catch {
    return undefined
  }
}

const isNumber = (value: unknown) => Number.isSafeInteger(value)
const isText = (value: unknown) => typeof value === 'string' && !value.includes('\0')
