import type { Access } from './access.ts'
import { takenBy, visibleRow } from './adding.ts'
import { entriesWithContent, fromEntry, type EntryRow, type VaultEntry } from './entries.ts'
import { nameKey } from './names.ts'
import { assertMay } from './roles.ts'
import type { House } from './rows.ts'
import { isId, liveFolder, pathTo, visibleTo, type Crumb } from './tree.ts'

/** A folder in the tree of the dialog for copying and moving. */
export interface TreeFolder {
  id: number
  name: string
  /** Whether it opens. */
  hasFolders: boolean
}

/** Folders directly in a folder, by name, from behind the key `after`. @throws NotFound `E_NO_ENTRY` */
export async function folderTree(
  house: House,
  access: Access,
  parent: number | null,
  page: { after?: string | null; limit: number }
): Promise<{ folders: TreeFolder[]; next: string | null }> {
  assertMay(access, 'see')
  await liveFolder(house.db, access, parent)
  const query = visibleTo(access, foldersIn(house, access, parent ?? 0), 'folder')
  const [id, sortName] = keyOf(page.after)
  if (isId(id) && !sortName.includes('\0'))
    query.whereRaw('(entries.sort_name, entries.id) > (?, ?)', [sortName, id])
  const rows: EntryRow[] = await query.limit(page.limit + 1)
  const shown = rows.slice(0, page.limit)
  const opening = await parentsOfFolders(house, access, shown)
  const last = shown.at(-1)
  return {
    folders: shown.map((row) => ({
      id: row.id,
      name: row.name,
      hasFolders: opening.has(row.id),
    })),
    next: rows.length > shown.length && last ? `${last.id}.${last.sort_name}` : null,
  }
}

function keyOf(after: string | null | undefined): [number, string] {
  const dot = after?.indexOf('.') ?? -1
  return dot > 0 ? [Number(after!.slice(0, dot)) || 0, after!.slice(dot + 1)] : [0, '']
}

/** Which of these folders have some in them that the viewer sees. */
async function parentsOfFolders(
  house: House,
  access: Access,
  within: { id: number }[]
): Promise<Set<number>> {
  const ids = within.map(({ id }) => id)
  const rows: { parent_id: number }[] = await visibleTo(access, folders(house, access), 'folder')
    .whereIn('entries.parent_id', ids)
    .clearSelect()
    .distinct('entries.parent_id')
  return new Set(rows.map((row) => row.parent_id))
}

const foldersIn = (house: House, access: Access, parent: number) =>
  folders(house, access)
    .where('entries.parent_id', parent)
    .orderBy([{ column: 'entries.sort_name' }, { column: 'entries.id' }])

const folders = (house: House, { vault }: Access) =>
  entriesWithContent(house.db)
    .where({ 'entries.vault_id': vault.id, 'entries.kind': 'folder' })
    .whereNull('entries.trashed_at')

/** Something that was found, and where it lies. */
export type Found = VaultEntry & { path: Crumb[] }

/** Files and folders anywhere in the vault whose name contains the text, by age, from behind the id `after`. */
export async function find(
  house: House,
  access: Access,
  text: string,
  page: { after?: number; limit: number }
): Promise<Found[]> {
  assertMay(access, 'see')
  const query = entriesWithContent(house.db)
    .where('entries.vault_id', access.vault.id)
    .whereNull('entries.trashed_at')
    .where('entries.id', '>', isId(page.after) ? page.after : 0)
    .whereRaw(`entries.name_key LIKE ? ESCAPE '!'`, [`%${nameKey(text).replace(/[!%_]/g, '!$&')}%`])
    .orderBy('entries.id')
    .limit(page.limit)
  const rows: EntryRow[] = await visibleTo(access, query)
  const paths = new Map<number, Crumb[]>()
  for (const { parent_id: parent } of rows) {
    if (!paths.has(parent)) paths.set(parent, await pathTo(house.db, parent || null))
  }
  return rows.map((row) => ({
    ...fromEntry(row, house.now()),
    path: paths.get(row.parent_id)!,
  }))
}

/** Which of these names are taken in a folder by something that the viewer sees. @throws NotFound `E_NO_ENTRY` */
export async function taken(
  house: House,
  access: Access,
  folder: number | null,
  names: string[]
): Promise<string[]> {
  assertMay(access, 'see')
  await liveFolder(house.db, access, folder)
  const found: string[] = []
  for (const name of names) {
    const id = await takenBy(house.db, access.vault.id, folder, name)
    if (id !== undefined && (await visibleRow(house.db, access, id))) found.push(name)
  }
  return found
}
