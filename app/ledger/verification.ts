import type { Database } from '@adonisjs/lucid/database'
import { basename } from 'node:path'
import type { CheckpointFolder } from './checkpoint_folder.ts'
import { Claims } from './claims.ts'
import { Findings, type LedgerProblem } from './findings.ts'
import { PAGE_SIZE, readPage } from './page.ts'
import { Recomputation } from './recomputation.ts'
import { decodeEdge, headRow, type HeadRow } from './rows.ts'
import type { LedgerSigner } from './signer.ts'

export type { LedgerProblem } from './findings.ts'

export interface LedgerReport {
  /** Entries that the head names. */
  size: number
  /** Entries whose detail is gone. */
  erased: number
  problems: LedgerProblem[]
}

/**
 * Recomputes the ledger from its entries, page by page, and compares everything that is stored or published with it.
 *
 * Published checkpoints are read first and the head after them, rows beyond the head before the head is read again: so
 * a server that goes on appending causes no false alarm.
 */
export async function verifyLedger(options: {
  db: Database
  signer: LedgerSigner
  folder: CheckpointFolder
  since?: string
}): Promise<LedgerReport> {
  const { db, signer, folder, since } = options
  const findings = new Findings()
  const claims = new Claims(findings, signer)
  if (since !== undefined) claims.add('The checkpoint given', since)
  let published = false
  for await (const { path, note } of folder.all()) {
    claims.add(path, note)
    published ||= basename(path) === 'latest'
  }
  const head = await headRow(db)
  if (head.size > 0 && !published) {
    findings.add(
      'The latest checkpoint is not published; without it a database set back may not show'
    )
  }
  claimOfHead(head, claims, findings)
  claims.sort()

  const { top } = await indexes(db)
  const end = Math.min(head.size, top + 1)
  const tree = new Recomputation(findings, claims, decodeEdge(head))
  for (let start = 0; start < end; start += PAGE_SIZE) {
    tree.take(await readPage(db, start, Math.min(start + PAGE_SIZE, end)))
  }
  if (end < head.size) findings.missing(end, head.size - 1)
  tree.finish()
  claims.finish(head.size)
  await findRowsBeyond(db, findings)
  return { size: head.size, erased: tree.erased, problems: findings.report() }
}

function claimOfHead({ size, checkpoint }: HeadRow, claims: Claims, findings: Findings): void {
  if (checkpoint === null) {
    if (size > 0) findings.add('The head has no signed checkpoint')
    return
  }
  const signed = claims.add('The checkpoint in the head', checkpoint)
  if (signed !== undefined && signed !== size) {
    findings.add(`The head names ${size} entries, its checkpoint ${signed}`)
  }
}

/** Lowest and highest index of an entry; 0 and -1 where there is none. */
async function indexes(db: Database): Promise<{ low: number; top: number }> {
  const row: { low: number | null; top: number | null } | null = await db
    .from('ledger_entries')
    .min('index as low')
    .max('index as top')
    .first()
  return { low: row?.low ?? 0, top: row?.top ?? -1 }
}

async function findRowsBeyond(db: Database, findings: Findings): Promise<void> {
  const { low: first, top: last } = await indexes(db)
  const levels: { level: number; low: number; top: number }[] = await db
    .from('ledger_nodes')
    .select('level')
    .min('index as low')
    .max('index as top')
    .groupBy('level')
  const { size } = await headRow(db)

  if (first < 0 || last >= size) {
    findings.add(`Entries stand outside the ${size} that the head names`)
  }
  for (const { level, low, top } of levels) {
    const count = level < 0 ? 0 : Math.floor(size / 2 ** level)
    if (low < 0 || top >= count) findings.add(`Nodes of level ${level} stand outside the tree`)
  }
}
