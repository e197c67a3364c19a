/**
 * #vault: vaults with folders and files.
 *
 * So far a vault belongs to a mailbox: the gateway deposits the attachments of outgoing mail there, a folder
 * per mail, and whoever owns the mailbox reads and downloads them. Vault numbers run from 10001.
 *
 * Invariants
 * - A deposit is idempotent by (message, part): processing a mail twice makes no second file.
 * - A file is downloadable only with the verdict `clean`; where scanning is off it says `unscanned`, and is too.
 * - What a viewer may see is decided by his mailboxes here, not by the pages.
 *
 * It refuses to move bytes: files name blobs, and #blobs owns those.
 */
import type { Database } from '@adonisjs/lucid/database'
import type { Blobs, WrittenBlob } from '#blobs'
import { NotFound, Refused } from '#errors'
import { transaction, type Trx } from '#transaction'
import type { Readable } from 'node:stream'
import { fromFile, fromFolder, type FileRow, type FolderRow } from './entries.ts'
import type { VaultFile, VaultFolder } from './entries.ts'

export type { FileVerdict, VaultFile, VaultFolder } from './entries.ts'

export interface Vault {
  id: number
  /** Shown to people, from 10001. */
  number: number
  name: string
  mailbox: string
  /** Bytes of all files. */
  used: number
}

export interface Deposit {
  /** Envelope sender; his mailbox owns the vault. */
  mailbox: string
  message: { number: number; subject: string; receivedAt: Date }
  part: string
  name: string
  type: string
  blob: WrittenBlob
}

const FIRST_NUMBER = 10_001
/** Files destroyed in one sweep: each empties the write-ahead log, which holds others up. */
const SHREDDED_AT_ONCE = 100
const SENT = 'Gesendete Anhänge'

export class Vaults {
  #db: Database
  #blobs: Blobs
  #now: () => Date

  constructor(options: { db: Database; blobs: Blobs; now?: () => Date }) {
    this.#db = options.db
    this.#blobs = options.blobs
    this.#now = options.now ?? (() => new Date())
  }

  /**
   * Puts one attachment of a mail into its sender's vault, which is made at the first mail.
   *
   * The blob must be durable already; it is recorded here, in the caller's transaction.
   *
   * @returns whether it was put there; false when the part lies there already, and the blob is not recorded
   */
  async deposit(trx: Trx, deposit: Deposit): Promise<boolean> {
    const { message, part } = deposit
    const known = { message_number: message.number, part }
    if (await trx.from('files').where(known).select('id').first()) return false
    const vault = await this.#vaultOf(trx, deposit.mailbox)
    const folder = await this.#folderOf(trx, vault, message)
    await this.#blobs.record(trx, deposit.blob)
    await trx.table('files').insert({
      ...known,
      vault_id: vault,
      folder_id: folder,
      name: deposit.name,
      type: deposit.type,
      blob: deposit.blob.id,
      size: deposit.blob.size,
      sha256: deposit.blob.sha256,
      crc32: deposit.blob.crc32,
      verdict: 'pending',
      made_by: deposit.mailbox,
      made_at: this.#now().getTime(),
    })
    return true
  }

  /** The deposited attachments of one message, in the order of its parts. */
  async depositsOf(number: number): Promise<VaultFile[]> {
    const rows: FileRow[] = await this.#db
      .from('files')
      .where('message_number', number)
      .orderBy('id')
    return rows.map(fromFile)
  }

  /**
   * Takes the deposits of a message out of use, inside the caller's transaction: from then on they are gone for
   * everybody. What another file names, such as a copy, and what is in `keep` stays.
   *
   * @param keep ids of blobs
   * @returns the files; `shredRetired` destroys their bytes
   */
  async retire(trx: Trx, number: number, keep: Set<string>, at: Date): Promise<VaultFile[]> {
    const rows: FileRow[] = await trx
      .from('files')
      .where('message_number', number)
      .whereNull('retired_at')
      .whereNotExists((copies) => {
        copies
          .from('files as other')
          .whereColumn('other.blob', 'files.blob')
          .whereColumn('other.id', '<>', 'files.id')
          .whereNull('other.retired_at')
      })
      .orderBy('id')
      .forUpdate()
    const files = rows.filter(({ blob }) => !keep.has(blob))
    for (const { id } of files) {
      await trx.from('files').where('id', id).update({ retired_at: at.getTime() })
    }
    return files.map((row) => fromFile({ ...row, retired_at: at.getTime() }))
  }

  /**
   * Destroys the bytes of files that were taken out of use, some at a time; what a crash left is taken up again.
   *
   * @returns how many
   * @throws as `Blobs.shred`; what is left comes with the next call
   */
  async shredRetired(): Promise<number> {
    const rows: FileRow[] = await this.#db
      .from('files')
      .whereNotNull('retired_at')
      .whereNull('shredded_at')
      .orderBy('id')
      .limit(SHREDDED_AT_ONCE)
    for (const { id, blob } of rows) {
      await this.#blobs.shred(blob)
      await transaction(this.#db, async (trx) => {
        await trx.from('files').where('id', id).update({ shredded_at: this.#now().getTime() })
      })
    }
    return rows.length
  }

  /** Writes down what the scanner said of files, inside the caller's transaction. */
  async judge(
    trx: Trx,
    ids: number[],
    verdict: VaultFile['verdict'],
    detail: string | null
  ): Promise<void> {
    await trx.from('files').whereIn('id', ids).update({ verdict, verdict_detail: detail })
  }

  /** The vaults of these mailboxes, with the space they take. */
  async vaultsOf(mailboxes: string[]): Promise<Vault[]> {
    const rows: (Vault & { used: number | string | null })[] = await this.#db
      .from('vaults')
      .select('vaults.id', 'vaults.number', 'vaults.name', 'vaults.mailbox')
      .leftJoin('files', (files) => {
        files.on('files.vault_id', 'vaults.id').andOnNull('files.retired_at')
      })
      .sum('files.size as used')
      .whereIn('vaults.mailbox', mailboxes)
      .groupBy('vaults.id', 'vaults.number', 'vaults.name', 'vaults.mailbox')
      .orderBy('vaults.number')
    return rows.map((row) => ({ ...row, used: Number(row.used ?? 0) }))
  }

  /** @throws NotFound for a vault that is not there or not of these mailboxes: both look the same */
  async vault(number: number, mailboxes: string[]): Promise<Vault> {
    const found = (await this.vaultsOf(mailboxes)).find((vault) => vault.number === number)
    if (!found) throw new NotFound('E_NO_VAULT', `No vault ${number} for this viewer`)
    return found
  }

  /** Folders of a vault, newest first, `limit` at most, older than the folder `before`. */
  async folders(vault: Vault, page: { before?: number; limit: number }): Promise<VaultFolder[]> {
    const query = this.#db
      .from('folders')
      .select('folders.*')
      .select(this.#db.raw('(SELECT COUNT(*) FROM files WHERE folder_id = folders.id) AS files'))
      .select(this.#db.raw('(SELECT SUM(size) FROM files WHERE folder_id = folders.id) AS size'))
      .where('vault_id', vault.id)
      .whereNull('parent_id')
      .orderBy('id', 'desc')
      .limit(page.limit)
    if (page.before !== undefined) query.where('id', '<', page.before)
    const rows: FolderRow[] = await query
    return rows.map(fromFolder)
  }

  /** @throws NotFound */
  async folder(vault: Vault, id: number): Promise<VaultFolder> {
    const row: FolderRow | null = await this.#db
      .from('folders')
      .where({ id, vault_id: vault.id })
      .first()
    if (!row) throw new NotFound('E_NO_FOLDER', `No folder ${id} in vault ${vault.number}`)
    return fromFolder(row)
  }

  /** Files of a folder in the order they came, `limit` at most, after the file `after`. */
  async files(
    vault: Vault,
    folder: VaultFolder,
    page: { after?: number; limit: number }
  ): Promise<VaultFile[]> {
    const query = this.#db
      .from('files')
      .where({ vault_id: vault.id, folder_id: folder.id })
      .orderBy('id')
      .limit(page.limit)
    if (page.after !== undefined) query.where('id', '>', page.after)
    const rows: FileRow[] = await query
    return rows.map(fromFile)
  }

  /** @throws NotFound */
  async file(vault: Vault, id: number): Promise<VaultFile> {
    const row: FileRow | null = await this.#db
      .from('files')
      .where({ id, vault_id: vault.id })
      .first()
    if (!row) throw new NotFound('E_NO_FILE', `No file ${id} in vault ${vault.number}`)
    return fromFile(row)
  }

  /**
   * The bytes of a file.
   *
   * @throws NotFound `E_FILE_GONE` once it was taken out of use; Refused `E_NOT_CLEAN` for whatever has not been found
   *   clean (rule 4)
   */
  read(file: VaultFile, range?: { start: number; end?: number }): Readable {
    if (file.gone) throw new NotFound('E_FILE_GONE', `File ${file.id} is no longer available`)
    if (!file.downloadable) {
      throw new Refused('E_NOT_CLEAN', `File ${file.id} is ${file.verdict} and not handed out`)
    }
    return this.#blobs.read(file.blob, range)
  }

  async #vaultOf(trx: Trx, mailbox: string): Promise<number> {
    const known: { id: number } | null = await trx.from('vaults').where('mailbox', mailbox).first()
    if (known) return known.id
    const last: { number: number | null }[] = await trx.from('vaults').max('number as number')
    await trx.table('vaults').insert({
      number: Math.max(FIRST_NUMBER, (last[0]?.number ?? 0) + 1),
      name: SENT,
      mailbox,
      opened_at: this.#now().getTime(),
    })
    return (await trx.from('vaults').where('mailbox', mailbox).firstOrFail()).id
  }

  async #folderOf(trx: Trx, vault: number, message: Deposit['message']): Promise<number> {
    const key = { vault_id: vault, message_number: message.number }
    const known: { id: number } | null = await trx.from('folders').where(key).first()
    if (known) return known.id
    const day = message.receivedAt.toISOString().slice(0, 10)
    const name = `${day} ${message.subject || `Nr. ${message.number}`}`.slice(0, 120)
    await trx.table('folders').insert({ ...key, name, made_at: this.#now().getTime() })
    return (await trx.from('folders').where(key).firstOrFail()).id
  }
}
