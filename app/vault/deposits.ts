import type { WrittenBlob } from '#blobs'
import { change, rows } from '#prepared'
import type { Trx } from '#transaction'
import { freeName, insertEntry, insertVersion, takenBy } from './adding.ts'
import {
  entriesWithContent,
  fromEntry,
  type Deposited,
  type EntryRow,
  type VaultFile,
} from './entries.ts'
import { fittedName } from './names.ts'
import { fromVault, type House, type Source, type Vault, type VaultRow } from './rows.ts'
import { mailboxChange, mailFolder, type DepositedMail } from './mailbox_vault.ts'

export interface Deposit {
  /** Envelope sender; his mailbox owns the vault. */
  mailbox: string
  message: DepositedMail
  part: string
  name: string
  type: string
  blob: WrittenBlob
}

/** The same with where it lies, and what became of it there. */
export type DepositedFile = Deposited & VaultFile

/** Attachments of outgoing mails, in the vaults of their senders' mailboxes. */
export class Deposits {
  readonly #house: House

  constructor(house: House) {
    this.#house = house
  }

  /**
   * Puts one attachment of a mail into its sender's vault, which is made at the first mail.
   *
   * The blob must be durable already; it is recorded here, in the caller's transaction.
   *
   * @returns the file; undefined when the part lies there already, and the blob is not recorded
   */
  async put(trx: Trx, one: Deposit): Promise<Deposited | undefined> {
    const { message, part, blob, type } = one
    const known = { message_number: message.number, part }
    const sql = 'SELECT id FROM entries WHERE message_number = ? AND part = ?'
    if ((await rows(trx, sql, [message.number, part])).length > 0) return undefined
    const at = await mailboxChange(this.#house, trx, one.mailbox)
    const folder = await mailFolder(at, message)
    await this.#house.blobs.record(trx, blob)
    const wanted = fittedName(one.name)
    const there = await takenBy(trx, at.vault.id, folder, wanted)
    const name = there ? await freeName(trx, at.vault.id, folder, wanted) : wanted
    const { size, sha256, crc32 } = blob
    const id = await insertEntry(at, folder, {
      ...{ kind: 'file', name, type, size, version: 1 },
      ...known,
    })
    const content = { name, type, blob: blob.id, size, sha256, crc32 }
    const version = await insertVersion(at, id, 1, content)
    const charge = 'UPDATE vaults SET used = used + ?, changed_at = ? WHERE id = ?'
    await change(trx, charge, [size, at.at.getTime(), at.vault.id])
    const unknown = { verdict: 'pending', verdictDetail: null, downloadable: false } as const
    return { ...content, ...unknown, version, part, gone: false }
  }

  /** The deposited attachments of one message, in the order of its parts. */
  async of(number: number, source: Source = this.#house.db): Promise<DepositedFile[]> {
    const found: EntryRow[] = await entriesWithContent(source)
      .where('entries.message_number', number)
      .whereNotNull('entries.part')
      .orderBy('entries.id')
    return found.map((row) => fromEntry(row, this.#house.now()) as DepositedFile)
  }

  /**
   * Takes the deposits of a message out of use: from then on they are gone for everybody. What another file names, such as a
   * copy, and what is in `keep` stays.
   *
   * @param keep ids of blobs
   * @returns the files; `shredRetired` destroys their bytes
   */
  async retire(trx: Trx, number: number, keep: Set<string>, at: Date): Promise<DepositedFile[]> {
    const vaults = trx.from('entries').where('message_number', number).select('vault_id')
    await trx.from('vaults').whereIn('id', vaults).orderBy('id').forUpdate()
    const found: EntryRow[] = await entriesWithContent(trx)
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
    const files = found.filter(({ blob }) => !keep.has(blob))
    for (const row of files) {
      await trx.from('versions').where('id', row.version_id).update({ retired_at: at.getTime() })
      await trx
        .from('vaults')
        .where('id', row.vault_id)
        .update({ used: trx.raw('used - ?', [row.content_size]) })
    }
    return files.map((row) => fromEntry({ ...row, retired_at: at.getTime() }, at) as DepositedFile)
  }

  /** The vaults of mailboxes. */
  async vaultsOf(mailboxes: string[]): Promise<Vault[]> {
    const found: VaultRow[] = await this.#house.db
      .from('vaults')
      .whereIn('mailbox', mailboxes)
      .orderBy('number')
    return found.map(fromVault)
  }
}
