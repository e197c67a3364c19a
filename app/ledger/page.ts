import type { DatabaseQueryBuilderContract } from '@adonisjs/lucid/types/querybuilder'
import type { TreeNode } from './merkle_tree.ts'
import { hashOf, type DetailRow, type EntryRow, type Source } from './rows.ts'

/** Entries in a page: a power of two, so that a leaf, its sibling and their parent share one page. */
export const PAGE_SIZE = 1024

export type DetailedEntry = EntryRow & DetailRow

/** Entries from `start` up to and without `end`, and the nodes they complete, by `level/index`. */
export interface Page {
  start: number
  end: number
  entries: Map<number, DetailedEntry>
  nodes: Map<string, Buffer>
}

/** @param start a multiple of PAGE_SIZE */
export async function readPage(source: Source, start: number, end: number): Promise<Page> {
  const entries: DetailedEntry[] = await source
    .from('ledger_entries')
    .leftJoin('details', 'details.entry', 'ledger_entries.index')
    .select('ledger_entries.*', 'salt', 'detail')
    .whereBetween('index', [start, end - 1])
  const nodes: TreeNode[] = await source
    .from('ledger_nodes')
    .select('level', 'index', 'hash')
    .where((any) => completedBy(any, start, end))
  return {
    start,
    end,
    entries: new Map(entries.map((entry) => [entry.index, { ...entry, hash: hashOf(entry.hash) }])),
    nodes: new Map(nodes.map(({ level, index, hash }) => [`${level}/${index}`, hashOf(hash)])),
  }
}

function completedBy(any: DatabaseQueryBuilderContract, start: number, end: number): void {
  for (let level = 0; 2 ** level <= end; level++) {
    const first = Math.floor(start / 2 ** level)
    const last = Math.floor(end / 2 ** level) - 1
    if (first <= last) {
      any.orWhere((both) => both.where('level', level).whereBetween('index', [first, last]))
    }
  }
}
