import type { Database } from '@adonisjs/lucid/database'
import type { Blobs } from '#blobs'
import { NotFound, Refused } from '#errors'
import type { Ledger } from '#ledger'
import type { Trx } from '#transaction'
import type { Activity } from './activity.ts'

/** What administrators set for everybody's vaults. */
export interface VaultRules {
  vaultOpeners(): Promise<'administrators' | 'staff' | 'everybody'>
  /** Bytes. */
  defaultQuota(): Promise<number>
}

/** What every part of the module works with. */
export interface House {
  db: Database
  blobs: Blobs
  ledger: Ledger
  now: () => Date
  /** Without it the firm's people open vaults of 5 GB. */
  rules?: VaultRules
  /** Files and folders in one vault at most, the trash included. Vaults of mailboxes have no limit. */
  maxEntries?: number
  /** Hears of what happened, inside the transaction in which it did. */
  heard?: (trx: Trx, activities: Activity[]) => Promise<void>
  /** Hears after the commit that what a page shows is another. */
  onChange?: (vaultId: number, entryIds: number[]) => void
}

/** How many files and folders there are in a vault, the trash included. */
export async function countEntries(source: Source, vaultId: number): Promise<number> {
  const [row] = (await source
    .from('entries')
    .where('vault_id', vaultId)
    .whereNull('purged_at')
    .count('* as total')) as { total: number | string }[]
  return Number(row!.total)
}

/** @throws Refused `E_ENTRIES` {limit} when a vault would hold more than it may */
export function refuseMany({ mailbox, number }: Vault, total: number, limit = Infinity): void {
  if (mailbox !== null || total <= limit) return
  throw new Refused('E_ENTRIES', `Vault ${number} would hold ${total} entries`, {
    facts: { limit },
  })
}

/** A database or a transaction. */
export type Source = Database | Trx

export interface Vault {
  id: number
  /** Shown to people, from 10001. */
  number: number
  name: string
  /** Address whose sent attachments lie here; such a vault has no owner. */
  mailbox: string | null
  ownerId: number | null
  /** Bytes; null: without limit. */
  quota: number | null
  /** Bytes of all versions, the trash included. */
  used: number
  /** Bytes that uploads under way will need. */
  reserved: number
  openedAt: Date
  changedAt: Date
  archivedAt: Date | null
  trashedAt: Date | null
}

export interface VaultRow {
  id: number
  number: number
  name: string
  mailbox: string | null
  owner_id: number | null
  quota: number | null
  used: number
  reserved: number
  opened_at: number
  changed_at: number
  archived_at: number | null
  trashed_at: number | null
}

export const dateOf = (at: number | null) => (at === null ? null : new Date(at))

export function fromVault(row: VaultRow): Vault {
  return {
    id: row.id,
    number: row.number,
    name: row.name,
    mailbox: row.mailbox,
    ownerId: row.owner_id,
    quota: row.quota,
    used: row.used,
    reserved: row.reserved,
    openedAt: new Date(row.opened_at),
    changedAt: new Date(row.changed_at),
    archivedAt: dateOf(row.archived_at),
    trashedAt: dateOf(row.trashed_at),
  }
}

/** @throws NotFound `E_NO_VAULT` */
export async function vaultById(source: Source, id: number): Promise<Vault> {
  const row: VaultRow | null = await source.from('vaults').where('id', id).first()
  if (!row) throw new NotFound('E_NO_VAULT', `No vault with the id ${id}`)
  return fromVault(row)
}
