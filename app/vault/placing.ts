import type { Trx } from '#transaction'
import type { Access } from './access.ts'
import { freeName, nameTaken, takenBy, visibleRow, type Conflict } from './adding.ts'
import { entriesWithContent, type EntryRow } from './entries.ts'
import { refuseCycle, refuseDeep } from './subtree.ts'
import { pathTo, visibleTo } from './tree.ts'

/** Where things go: a folder of a vault, or with null its top level. */
export interface Target {
  access: Access
  folder: number | null
}

/** What becomes of one thing at its new place. */
export type Placing =
  | { how: 'free'; name: string }
  /** Onto a file or into a folder of that name. */
  | { how: 'onto'; there: EntryRow }
  | { how: 'left out' }

/** @throws Refused `E_CYCLE`, `E_DEPTH` */
export async function assertPlace(
  trx: Trx,
  vaultId: number,
  rows: EntryRow[],
  target: Target
): Promise<void> {
  const ids = rows.map(({ id }) => id)
  const isHere = target.access.vault.id === vaultId
  const depth = isHere
    ? await refuseCycle(trx, ids, target.folder)
    : (await pathTo(trx, target.folder)).length
  await refuseDeep(trx, vaultId, ids, depth)
}

/** @throws Refused `E_NAME_TAKEN` with all the names that are, where the person is to be asked */
export async function ask(
  trx: Trx,
  rows: EntryRow[],
  target: Target,
  conflict: Conflict
): Promise<void> {
  if (conflict !== 'ask') return
  const names: string[] = []
  for (const row of rows) {
    if (isIn(row, target)) continue
    const there = await takenBy(trx, target.access.vault.id, target.folder, row.name)
    const seen = there && (await visibleRow(trx, target.access, there))
    if (seen) names.push(seen.name)
  }
  if (names.length > 0) throw nameTaken(names)
}

export const isIn = (row: EntryRow, { access, folder }: Target) =>
  row.vault_id === access.vault.id && row.parent_id === (folder ?? 0)

/** @throws Refused `E_NAME_TAKEN` when a file would take the place of a folder, or the other way round */
export async function placingOf(
  trx: Trx,
  row: EntryRow,
  target: Target,
  conflict: Conflict
): Promise<Placing> {
  const { access, folder } = target
  const there = await takenBy(trx, access.vault.id, folder, row.name)
  if (there === undefined) return { how: 'free', name: row.name }
  const seen = await visibleRow(trx, access, there)
  // A copy beside the original, and one beside what its maker cannot see, gets a number without a word.
  if (seen && !isIn(row, target) && conflict !== 'keep') {
    if (conflict === 'skip') return { how: 'left out' }
    if (conflict === 'ask' || seen.kind !== row.kind) throw nameTaken([seen.name])
    return { how: 'onto', there: seen }
  }
  return { how: 'free', name: await freeName(trx, access.vault.id, folder, row.name) }
}

/** Rows in memory at a time. */
const PAGE = 200

/** What lies directly in a folder, as the viewer sees it; `kind` for folders only. Rows may be moved meanwhile. */
export async function* childrenOf(
  trx: Trx,
  access: Access,
  folder: number,
  kind?: 'folder'
): AsyncGenerator<EntryRow> {
  for (let after = 0; ;) {
    const query = entriesWithContent(trx)
      .where('entries.vault_id', access.vault.id)
      .where('entries.parent_id', folder)
      .whereNull('entries.trashed_at')
      .where('entries.id', '>', after)
      .orderBy('entries.id')
      .limit(PAGE)
    if (kind) query.where('entries.kind', kind)
    const page: EntryRow[] = await visibleTo(access, query)
    yield* page
    if (page.length < PAGE) return
    after = page.at(-1)!.id
  }
}
