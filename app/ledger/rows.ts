import { IntegrityError } from '#errors'
import { forUpdate, rows } from '#prepared'
import type { Trx } from '#transaction'
import { Edge, fold, subtrees, type Position, type Range, type TreeNode } from './merkle_tree.ts'

/** Rows of the ledger's tables as both databases give them; see database/migrations/1200_ledger.ts. */

export type EntryRow = {
  index: number
  type: string
  number: number | null
  /** Milliseconds since the epoch, UTC. */
  at: number
  original: string | null
  detail_hash: string
  leaf: string
  hash: Buffer
}

/**
 * A hash as it was read: whoever writes into an SQLite file may leave text in its place, which then differs as any other
 * change does.
 */
export const hashOf = (column: Buffer | string) =>
  Buffer.isBuffer(column) ? column : Buffer.from(String(column))

export type DetailRow = {
  salt: string | null
  detail: string | null
}

export type HeadRow = {
  size: number
  edge: string
  checkpoint: string | null
}

/** A database or a transaction. */
export type Source = Pick<Trx, 'from'>

export async function headRow(source: Source): Promise<HeadRow> {
  const row: HeadRow | null = await source
    .from('ledger_head')
    .select('size', 'edge', 'checkpoint')
    .where('id', 1)
    .first()
  return there(row)
}

/** The head row, held until the transaction ends where the database locks rows. */
export async function lockedHead(trx: Trx): Promise<HeadRow> {
  const sql = `SELECT size, edge, checkpoint FROM ledger_head WHERE id = 1${forUpdate(trx)}`
  const [row] = await rows<HeadRow>(trx, sql)
  return there(row)
}

function there(row: HeadRow | null | undefined): HeadRow {
  if (row) return row
  throw new IntegrityError('E_LEDGER_HEAD', 'The head of the ledger is missing from the database')
}

export function encodeEdge(edge: Edge): string {
  return edge.hashes.map((hash) => hash.toString('base64')).join(' ')
}

export function decodeEdge({ size, edge }: HeadRow): Edge {
  const hashes = edge.split(' ').filter((text) => text !== '')
  return new Edge(
    size,
    hashes.map((text) => Buffer.from(text, 'base64'))
  )
}

/** The stored nodes at `positions`: one query, each row found by the primary key. */
export function nodesAt(source: Source, positions: Position[]): Promise<TreeNode[]> {
  return source
    .from('ledger_nodes')
    .select('level', 'index', 'hash')
    .where((any) => {
      for (const { level, index } of positions) any.orWhere({ level, index })
    })
}

/**
 * Roots of `ranges`, folded from stored nodes.
 *
 * @throws IntegrityError `E_LEDGER_NODE` when a node is missing
 */
export async function rangeRoots(source: Source, ranges: Range[]): Promise<Buffer[]> {
  const wanted = ranges.map(subtrees)
  const all = wanted.flat()
  const found = all.length > 0 ? await nodesAt(source, all) : []
  const hashes = new Map(found.map(({ level, index, hash }) => [`${level}/${index}`, hashOf(hash)]))
  return wanted.map((positions) =>
    fold(
      positions.map(({ level, index }) => {
        const hash = hashes.get(`${level}/${index}`)
        if (hash) return hash
        throw new IntegrityError('E_LEDGER_NODE', `Node ${level}/${index} of the ledger is missing`)
      })
    )
  )
}

/** Root of the tree as it was when it had `size` leaves. */
export async function rootAt(source: Source, size: number): Promise<Buffer> {
  const [root] = await rangeRoots(source, [[0, size]])
  return root!
}
