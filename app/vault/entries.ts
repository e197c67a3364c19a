import type { DatabaseQueryBuilderContract } from '@adonisjs/lucid/types/querybuilder'
import { dateOf, type Source } from './rows.ts'

/** What lies in a vault, as it is handed out. */

/**
 * `pending`: the scanner has not answered yet. `unscanned`: scanning was off when the file came. `released`: it could
 * not be checked, and a person let it out with a reason.
 */
export type FileVerdict = 'pending' | 'clean' | 'infected' | 'unchecked' | 'unscanned' | 'released'

const downloadable: ReadonlySet<FileVerdict> = new Set(['clean', 'unscanned', 'released'])

interface Common {
  id: number
  vaultId: number
  /** The folder it lies in; null at the top level. */
  parent: number | null
  name: string
  /** null: nobody with an account. */
  madeById: number | null
  madeBy: string
  madeAt: Date
  changedById: number | null
  /** null when it is as it was put in. */
  changedBy: string | null
  /** Of a new file the time when it was put in. */
  changedAt: Date
  /** Number of the mail whose attachments lie here. */
  message: number | null
  trash: { batch: string; at: Date; by: string } | null
}

export interface VaultFolder extends Common {
  kind: 'folder'
}

/** The bytes of a file at one time. */
export interface Content {
  /** Id of the version. */
  version: number
  type: string
  blob: string
  /** Bytes. */
  size: number
  /** Hex; null until the scanner read the whole. */
  sha256: string | null
  crc32: number | null
  verdict: FileVerdict
  verdictDetail: string | null
  downloadable: boolean
  /** Destroyed, or about to be: the name stays, the bytes do not. */
  gone: boolean
}

export interface Lock {
  byId: number
  by: string
  since: Date
  until: Date | null
}

/** A file with the version that is shown. */
export interface VaultFile extends Common, Content {
  kind: 'file'
  /** 1 for the first. */
  versionNumber: number
  /** Part of the mail that it came from. */
  part: string | null
  lock: Lock | null
}

export type VaultEntry = VaultFolder | VaultFile

/** An attachment that the gateway put in: its digests are known from the beginning. */
export interface Deposited extends Content {
  name: string
  part: string | null
  sha256: string
  crc32: number
}

/** The file as it is once that was said of it. */
export function withVerdict(
  file: Deposited,
  verdict: FileVerdict,
  verdictDetail: string | null
): Deposited {
  return { ...file, verdict, verdictDetail, downloadable: downloadable.has(verdict) && !file.gone }
}

export interface ContentRow {
  version_id: number
  blob: string
  content_type: string
  content_size: number
  sha256: string | null
  crc32: number | null
  verdict: FileVerdict
  verdict_detail: string | null
  retired_at: number | null
}

export interface EntryRow extends ContentRow {
  id: number
  vault_id: number
  parent_id: number
  kind: 'folder' | 'file'
  name: string
  name_key: string
  sort_name: string
  extension: string
  size: number
  version: number | null
  made_by_id: number | null
  made_by_name: string
  made_at: number
  changed_by_id: number | null
  changed_by_name: string
  changed_at: number
  trashed_at: number | null
  trashed_by_name: string | null
  trash_batch: string | null
  purged_at: number | null
  locked_by_id: number | null
  locked_by_name: string | null
  locked_at: number | null
  lock_until: number | null
  message_number: number | null
  part: string | null
}

/** Entries with the version that is shown. */
export function entriesWithContent(source: Source): DatabaseQueryBuilderContract<EntryRow> {
  return source
    .from('entries')
    .leftJoin('versions', (join) => {
      join.on('versions.entry_id', 'entries.id').andOn('versions.number', 'entries.version')
    })
    .select('entries.*', ...contentColumns)
}

export const contentColumns = [
  'versions.id as version_id',
  'versions.blob',
  'versions.type as content_type',
  'versions.size as content_size',
  'versions.sha256',
  'versions.crc32',
  'versions.verdict',
  'versions.verdict_detail',
  'versions.retired_at',
]

export function contentOf(row: ContentRow): Content {
  return {
    version: row.version_id,
    type: row.content_type,
    blob: row.blob,
    size: row.content_size,
    sha256: row.sha256,
    crc32: row.crc32,
    verdict: row.verdict,
    verdictDetail: row.verdict_detail,
    downloadable: downloadable.has(row.verdict) && row.retired_at === null,
    gone: row.retired_at !== null,
  }
}

/** Whose lock it is, while it holds. */
export function lockOf(row: EntryRow, now: Date): Lock | null {
  if (row.locked_by_id === null) return null
  if (row.lock_until !== null && row.lock_until <= now.getTime()) return null
  return {
    byId: row.locked_by_id,
    by: row.locked_by_name ?? '',
    since: new Date(row.locked_at ?? 0),
    until: dateOf(row.lock_until),
  }
}

export function fromEntry(row: EntryRow, now: Date): VaultEntry {
  const common: Common = {
    id: row.id,
    vaultId: row.vault_id,
    parent: row.parent_id || null,
    name: row.name,
    madeById: row.made_by_id,
    madeBy: row.made_by_name,
    madeAt: new Date(row.made_at),
    changedById: row.changed_by_id,
    changedBy: row.changed_by_name || null,
    changedAt: new Date(row.changed_at),
    message: row.message_number,
    trash:
      row.trashed_at === null
        ? null
        : {
            batch: row.trash_batch ?? '',
            at: new Date(row.trashed_at),
            by: row.trashed_by_name ?? '',
          },
  }
  if (row.kind === 'folder') return { kind: 'folder', ...common }
  return {
    kind: 'file',
    ...common,
    ...contentOf(row),
    versionNumber: row.version ?? 0,
    part: row.part,
    lock: lockOf(row, now),
  }
}
