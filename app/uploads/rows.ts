import type { Database } from '@adonisjs/lucid/database'
import type { Blobs } from '#blobs'
import type { Conflict, ReturnAddress, Vaults, VaultViewer } from '#vault'

/** What every part of the module works with. */
export interface House {
  db: Database
  blobs: Blobs
  vaults: Vaults
  /** Somebody with an account as vaults know him; null when he may not sign in any more. */
  viewerOf: (userId: number) => Promise<VaultViewer | null>
  /** Whether files still come back through the link of this id. */
  takesBack: (link: string) => Promise<boolean>
  /** Has a file that came looked at. */
  wake: (blob: string) => void
  /** Bytes of one file at most. */
  maxSize: number
  now: () => Date
}

/** Who uploads: somebody with an account, all his or by a ticket for one place only; or the recipient of a link. */
export type Uploader =
  | { kind: 'member'; userId: number; only?: { vault: number; folder: number | null } }
  | { kind: 'recipient'; link: string; to: ReturnAddress }

export interface UploadRow {
  id: string
  blob: string
  length: number
  name: string
  type: string
  path: string
  conflict: Conflict
  metadata: string
  user_id: number | null
  vault_id: number | null
  vault_number: number | null
  folder_id: number | null
  link_id: string | null
  returned: string | null
  begun_at: number
  active_at: number
  done_at: number | null
}

/** Whether an upload is this one's: he began it, and it goes where his ticket leads. */
export function isOf(row: UploadRow, uploader: Uploader): boolean {
  if (uploader.kind === 'recipient') return row.link_id === uploader.link
  const { userId, only } = uploader
  if (row.user_id !== userId) return false
  return !only || (row.vault_number === only.vault && row.folder_id === only.folder)
}
