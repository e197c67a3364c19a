import { Refused } from '#errors'
import type { Trx } from '#transaction'
import { refuseLocked } from './adding.ts'
import type { Change } from './change.ts'
import { entriesWithContent, type EntryRow } from './entries.ts'
import type { Source } from './rows.ts'
import { DEEPEST, pathTo } from './tree.ts'

/** Bindings of an `IN`; PostgreSQL takes no empty one. */
const marks = (ids: number[]) => ids.map(() => '?').join(', ') || 'NULL'

/**
 * SQL of the ids of `roots` and everything below them that is not in the trash. The walk goes from each folder to what lies in it:
 * SQLite takes a CROSS JOIN in the order in which it stands, and PostgreSQL gets no value by which it could begin with the whole
 * vault, which both would go through once for each folder.
 */
export function below(vaultId: number, roots: number[]): { sql: string; bindings: number[] } {
  return {
    sql: `WITH RECURSIVE below (id, vault_id, level) AS (
        SELECT id, vault_id, 1 FROM entries WHERE id IN (${marks(roots)}) AND vault_id = ?
        UNION ALL
        SELECT entries.id, entries.vault_id, below.level + 1 FROM below CROSS JOIN entries
        WHERE entries.parent_id = below.id AND entries.vault_id = below.vault_id AND entries.trashed_at IS NULL
      ) SELECT id FROM below`,
    bindings: [...roots, vaultId],
  }
}

/** Levels that `roots` and what is below them take. */
export async function heightOf(source: Source, vaultId: number, roots: number[]): Promise<number> {
  const { sql, bindings } = below(vaultId, roots)
  const highest = sql.replace('SELECT id FROM', 'SELECT MAX(level) AS height FROM')
  const result: unknown = await source.rawQuery(highest, bindings)
  const rows = Array.isArray(result) ? result : (result as { rows: unknown[] }).rows
  return Number((rows as { height: number | null }[])[0]?.height ?? 0)
}

/** Those that do not lie in another one of them: what is below goes with it. */
export async function topmost(source: Source, rows: EntryRow[]): Promise<EntryRow[]> {
  const chosen = new Set(rows.map(({ id }) => id))
  const inside = new Map<number, boolean>()
  for (const parent of new Set(rows.map(({ parent_id: id }) => id))) {
    const path = await pathTo(source, parent || null)
    inside.set(
      parent,
      path.some(({ id }) => chosen.has(id))
    )
  }
  return rows.filter(({ parent_id: parent }) => !inside.get(parent))
}

/** @throws Refused `E_LOCKED` for the first file in the trees that somebody else holds */
export async function refuseLockedBelow(at: Change, roots: number[]): Promise<void> {
  const { sql, bindings } = below(at.vault.id, roots)
  const rows: EntryRow[] = await entriesWithContent(at.trx)
    .whereRaw(`entries.id IN (${sql})`, bindings)
    .whereNotNull('locked_by_id')
    .where('locked_by_id', '<>', at.actor.id ?? 0)
    // Those that are over would crowd out the one that holds.
    .where((held) => void held.whereNull('lock_until').orWhere('lock_until', '>', at.at.getTime()))
    .orderBy('entries.id')
    .limit(1)
  for (const row of rows) refuseLocked(at, row)
}

/** @throws Refused `E_CYCLE` when `folder` is one of `roots` or lies below one */
export async function refuseCycle(
  trx: Trx,
  roots: number[],
  folder: number | null
): Promise<number> {
  const path = await pathTo(trx, folder)
  const inside = path.find(({ id }) => roots.includes(id))
  if (!inside) return path.length
  throw new Refused('E_CYCLE', `Entry ${inside.id} cannot go into itself`, {
    facts: { name: inside.name },
  })
}

/** @throws Refused `E_DEPTH` when the trees do not fit below a folder that lies `depth` deep */
export async function refuseDeep(
  trx: Trx,
  vaultId: number,
  roots: number[],
  depth: number
): Promise<void> {
  const height = await heightOf(trx, vaultId, roots)
  if (depth + height <= DEEPEST) return
  throw new Refused('E_DEPTH', `${depth + height} levels are more than ${DEEPEST}`, {
    facts: { deepest: DEEPEST },
  })
}

/** Bytes of all versions in the trees that are in use. */
export async function bytesBelow(trx: Trx, vaultId: number, roots: number[]): Promise<number> {
  const { sql, bindings } = below(vaultId, roots)
  const [row] = (await trx
    .from('versions')
    .whereRaw(`entry_id IN (${sql})`, bindings)
    .whereNull('retired_at')
    .sum('size as bytes')) as { bytes: number | string | null }[]
  return Number(row?.bytes ?? 0)
}

/** What a note says of several entries: who put them in, where that is one person; their names, within reason. */
export function noted(rows: Pick<EntryRow, 'id' | 'name' | 'made_by_id'>[]) {
  const makers = new Set(rows.map(({ made_by_id: id }) => id))
  return {
    entryId: rows.length === 1 ? rows[0]!.id : null,
    makerId: makers.size === 1 ? rows[0]!.made_by_id : null,
    names: rows.slice(0, 200).map(({ name }) => name),
  }
}
