import type { WrittenBlob } from '#blobs'
import type { Trx } from '#transaction'
import { freeName, insertEntry, insertVersion, takenBy } from './adding.ts'
import { Change } from './change.ts'
import { entriesWithContent, fromEntry, type Deposited, type EntryRow } from './entries.ts'
import { fittedName } from './names.ts'
import {
  fromVault,
  insertedId,
  type House,
  type Source,
  type Vault,
  type VaultRow,
} from './rows.ts'
import { nextNumber } from './vaults.ts'

const SENT = 'Gesendete Anhänge'

export interface Deposit {
  /** Envelope sender; his mailbox owns the vault. */
  mailbox: string
  message: DepositedMail
  part: string
  name: string
  type: string
  blob: WrittenBlob
}

export interface DepositedMail {
  number: number
  subject: string
  receivedAt: Date
}

/** @returns false when the part lies there already, and the blob is not recorded */
export async function deposit(house: House, trx: Trx, one: Deposit): Promise<boolean> {
  const { message, part, blob, type } = one
  const known = { message_number: message.number, part }
  if (await trx.from('entries').where(known).select('id').first()) return false
  const at = await mailboxChange(house, trx, one.mailbox)
  const folder = await mailFolder(at, message)
  await house.blobs.record(trx, blob)
  const wanted = fittedName(one.name)
  const there = await takenBy(trx, at.vault.id, folder, wanted)
  const name = there ? await freeName(trx, at.vault.id, folder, wanted) : wanted
  const { size, sha256, crc32 } = blob
  const id = await insertEntry(at, folder, {
    ...{ kind: 'file', name, type, size, version: 1 },
    ...known,
  })
  await insertVersion(at, id, 1, { name, type, blob: blob.id, size, sha256, crc32 })
  await trx
    .from('vaults')
    .where('id', at.vault.id)
    .update({ used: trx.raw('used + ?', [size]), changed_at: at.at.getTime() })
  return true
}

/** Work in the vault of a mailbox, which is made at the first mail. */
export async function mailboxChange(house: House, trx: Trx, mailbox: string): Promise<Change> {
  const vault = (await vaultOf(trx, mailbox)) ?? (await openVault(house, trx, mailbox))
  return new Change(trx, vault, { id: null, name: mailbox }, house.now())
}

async function vaultOf(trx: Trx, mailbox: string): Promise<Vault | undefined> {
  const row: VaultRow | null = await trx.from('vaults').where({ mailbox }).forUpdate().first()
  return row ? fromVault(row) : undefined
}

async function openVault(house: House, trx: Trx, mailbox: string): Promise<Vault> {
  const at = house.now().getTime()
  const number = await nextNumber(trx)
  await insertedId(trx, 'vaults', { number, name: SENT, mailbox, opened_at: at, changed_at: at })
  return (await vaultOf(trx, mailbox))!
}

/** The folder of a mail: its day and subject, and its number where there is one of that name. */
export async function mailFolder(at: Change, message: DepositedMail): Promise<number> {
  const { trx, vault } = at
  const key = { vault_id: vault.id, message_number: message.number, kind: 'folder' }
  const known: { id: number } | null = await trx.from('entries').where(key).select('id').first()
  if (known) return known.id
  const day = message.receivedAt.toISOString().slice(0, 10)
  const number = `Nr. ${message.number}`
  const wanted = fittedName(`${day} ${message.subject || number}`.slice(0, 120))
  const there = await takenBy(trx, vault.id, null, wanted)
  const name = there ? fittedName(wanted, ` (${number})`) : wanted
  return insertEntry(at, null, {
    ...{ kind: 'folder', name, size: 0, message_number: message.number },
  })
}

/** The deposited attachments of one message, in the order of its parts. */
export async function depositsOf(
  house: House,
  number: number,
  source: Source = house.db
): Promise<Deposited[]> {
  const rows: EntryRow[] = await entriesWithContent(source)
    .where('entries.message_number', number)
    .whereNotNull('entries.part')
    .orderBy('entries.id')
  return rows.map((row) => fromEntry(row, house.now()) as Deposited)
}

/**
 * Takes the deposits of a message out of use: from then on they are gone for everybody. What another file names, such as a
 * copy, and what is in `keep` stays.
 */
export async function retire(
  trx: Trx,
  number: number,
  keep: Set<string>,
  at: Date
): Promise<Deposited[]> {
  const vaults = trx.from('entries').where('message_number', number).select('vault_id')
  await trx.from('vaults').whereIn('id', vaults).orderBy('id').forUpdate()
  const rows: EntryRow[] = await entriesWithContent(trx)
    .where('entries.message_number', number)
    .whereNotNull('entries.part')
    .whereNull('versions.retired_at')
    .whereNotExists((copies) => {
      copies
        .from('versions as other')
        .whereColumn('other.blob', 'versions.blob')
        .whereColumn('other.id', '<>', 'versions.id')
        .whereNull('other.retired_at')
    })
    .orderBy('entries.id')
  const files = rows.filter(({ blob }) => !keep.has(blob))
  for (const row of files) {
    await trx.from('versions').where('id', row.version_id).update({ retired_at: at.getTime() })
    await trx
      .from('vaults')
      .where('id', row.vault_id)
      .update({ used: trx.raw('used - ?', [row.content_size]) })
  }
  return files.map((row) => fromEntry({ ...row, retired_at: at.getTime() }, at) as Deposited)
}
