import { Refused } from '#errors'
import type { Access } from './access.ts'
import { entriesWithContent, fromEntry, type EntryRow, type VaultEntry } from './entries.ts'
import { assertMay } from './roles.ts'
import type { House } from './rows.ts'
import { liveRows, visibleTo } from './tree.ts'

/** Something that was chosen, with what lies in it. */
export interface Chosen {
  entry: VaultEntry
  /** Of a folder, in the order of their names. */
  inside: Chosen[]
}

/** Folders looked into with one query. */
const AT_ONCE = 500

/**
 * What lies in a selection, folders with all below them, as far as the viewer may see it.
 *
 * @param most entries at most
 * @throws Refused `E_ROLE`, `E_TOO_MANY_ENTRIES` {most}; NotFound `E_NO_ENTRY`
 */
export async function selection(
  house: House,
  access: Access,
  ids: number[],
  most: number
): Promise<Chosen[]> {
  assertMay(access, 'see')
  const now = house.now()
  const chosen = (row: EntryRow): Chosen => ({ entry: fromEntry(row, now), inside: [] })
  const roots = (await liveRows(house.db, access, ids)).map(chosen)
  let found = roots.length
  for (let level = roots; level.length > 0;) {
    const folders = new Map(
      level.filter(({ entry }) => entry.kind === 'folder').map((one) => [one.entry.id, one])
    )
    level = []
    const parents = [...folders.keys()]
    for (let start = 0; start < parents.length; start += AT_ONCE) {
      const rows = await inFolders(house, access, parents.slice(start, start + AT_ONCE), most + 1)
      found += rows.length
      if (found > most) {
        throw new Refused('E_TOO_MANY_ENTRIES', `More than ${most} entries`, { facts: { most } })
      }
      for (const row of rows) {
        const one = chosen(row)
        folders.get(row.parent_id)!.inside.push(one)
        level.push(one)
      }
    }
  }
  return roots
}

async function inFolders(
  house: House,
  access: Access,
  parents: number[],
  limit: number
): Promise<EntryRow[]> {
  const query = entriesWithContent(house.db)
    .where('entries.vault_id', access.vault.id)
    .whereIn('entries.parent_id', parents)
    .whereNull('entries.trashed_at')
    .orderBy('entries.sort_name')
    .orderBy('entries.id')
    .limit(limit)
  return visibleTo(access, query)
}
