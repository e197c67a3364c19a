/** What lies in a vault, as it is handed out. */

/**
 * `pending`: the scanner has not answered yet. `unscanned`: scanning was off when the file came. `released`: it could
 * not be checked, and a person let it out with a reason.
 */
export type FileVerdict = 'pending' | 'clean' | 'infected' | 'unchecked' | 'unscanned' | 'released'

const downloadable: ReadonlySet<FileVerdict> = new Set(['clean', 'unscanned', 'released'])

export interface VaultFolder {
  id: number
  name: string
  /** Number of the message whose attachments lie here. */
  message: number | null
  madeAt: Date
  /** How many files, and their bytes; only in lists. */
  files?: number
  size?: number
}

export interface VaultFile {
  id: number
  folder: number | null
  name: string
  type: string
  blob: string
  /** Bytes. */
  size: number
  /** Hex. */
  sha256: string
  crc32: number
  verdict: FileVerdict
  verdictDetail: string | null
  downloadable: boolean
  /** Destroyed, or about to be: the name stays, the bytes do not. */
  gone: boolean
  madeBy: string
  madeAt: Date
  message: number | null
  part: string | null
}

export interface FolderRow {
  id: number
  name: string
  message_number: number | null
  made_at: number
  files?: number | string
  size?: number | string | null
}

export interface FileRow {
  id: number
  folder_id: number | null
  name: string
  type: string
  blob: string
  size: number
  sha256: string
  crc32: number
  verdict: FileVerdict
  verdict_detail: string | null
  made_by: string
  made_at: number
  message_number: number | null
  part: string | null
  retired_at: number | null
}

export function fromFolder(row: FolderRow): VaultFolder {
  return {
    id: row.id,
    name: row.name,
    message: row.message_number,
    madeAt: new Date(row.made_at),
    ...(row.files === undefined ? {} : { files: Number(row.files), size: Number(row.size ?? 0) }),
  }
}

export function fromFile(row: FileRow): VaultFile {
  return {
    id: row.id,
    folder: row.folder_id,
    name: row.name,
    type: row.type,
    blob: row.blob,
    size: row.size,
    sha256: row.sha256,
    crc32: row.crc32,
    verdict: row.verdict,
    verdictDetail: row.verdict_detail,
    downloadable: downloadable.has(row.verdict) && row.retired_at === null,
    gone: row.retired_at !== null,
    madeBy: row.made_by,
    madeAt: new Date(row.made_at),
    message: row.message_number,
    part: row.part,
  }
}
