import type { Database } from '@adonisjs/lucid/database'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ledger, LedgerSigner, type LedgerEvent } from '#ledger'
import { transaction } from '#transaction'
import { freshDatabase } from '#tests/fresh_database'

/**
 * A ledger on a database of its own, with a folder for keys and checkpoints.
 *
 * @param options.beside takes keys and checkpoints of that one: the same installation over another database
 */
export async function freshLedger(
  options: { now?: () => Date; beside?: FreshLedger } = {}
): Promise<FreshLedger> {
  const { db, close } = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-ledger-'))
  const checkpoints = options.beside?.checkpoints ?? join(folder, 'checkpoints')
  const keysDir = options.beside?.keysDir ?? join(folder, 'keys')
  const errors: unknown[] = []

  const reopen = async () =>
    new Ledger({
      db,
      signer: await LedgerSigner.load(keysDir, 'firm.example/ledger'),
      checkpoints,
      onError: (error) => errors.push(error),
      now: options.now,
    })
  const ledger = await reopen()
  return {
    db,
    ledger,
    reopen,
    folder,
    checkpoints,
    keysDir,
    errors,
    append: (...events: LedgerEvent[]) => transaction(db, (trx) => ledger.append(trx, events)),
    async close() {
      await close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export interface FreshLedger {
  db: Database
  ledger: Ledger
  folder: string
  checkpoints: string
  keysDir: string
  /** What onError heard. */
  errors: unknown[]
  /** The ledger as another process, or the same one after a restart, sees it. */
  reopen(): Promise<Ledger>
  append(...events: LedgerEvent[]): Promise<{ index: number }[]>
  close(): Promise<void>
}

/** What the verification finds, as sentences. */
export async function problems(ledger: Ledger, options?: { since?: string }): Promise<string[]> {
  const report = await ledger.verify(options)
  return report.problems.map(({ what }) => what)
}

export function event(number: number, fields: Partial<LedgerEvent> = {}): LedgerEvent {
  const original = number.toString(16).padStart(64, '0')
  return { type: 'accepted', number, original, detail: { to: [`${number}@x.example`] }, ...fields }
}

export const events = (count: number, first = 1) =>
  Array.from({ length: count }, (_, offset) => event(first + offset))
