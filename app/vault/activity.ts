import type { Json } from '#ledger'
import { insertNumbered } from '#prepared'
import type { Trx } from '#transaction'

/** What can happen in a vault. */
export type What =
  | 'added'
  | 'version'
  | 'returned'
  | 'folder'
  | 'renamed'
  | 'moved'
  | 'copied'
  | 'removed'
  | 'restored'
  | 'emptied'
  | 'reverted'
  | 'version_removed'
  | 'locked'
  | 'unlocked'
  | 'lock_broken'
  | 'scanned_infected'
  | 'scanned_unchecked'
  | 'rescanned'
  | 'released'
  | 'downloaded'
  | 'notified'
  | 'exported'
  | 'member_added'
  | 'member_changed'
  | 'member_removed'
  | 'member_left'
  | 'member_ended'
  | 'member_invited'
  | 'invitation_revoked'
  | 'vault_made'
  | 'vault_renamed'
  | 'owner_changed'
  | 'quota_changed'
  | 'archived'
  | 'reopened'
  | 'vault_removed'
  | 'vault_restored'
  | 'vault_destroyed'

/** One line of what happened in a vault. It keeps names as they were. */
export interface Activity {
  id: number
  vaultId: number
  at: Date
  /** null: nobody with an account, such as the scanner or the recipient of a link. */
  actorId: number | null
  actorName: string
  what: What
  /** The file or folder, where it was one. */
  entryId: number | null
  /** Of files and folders that it was about. */
  names: string[]
  details: Record<string, Json>
}

export interface ActivityRow {
  id: number
  vault_id: number
  at: number
  actor_id: number | null
  actor_name: string
  what: What
  entry_id: number | null
  names: string
  details: string
}

/** What is to be noted. `makerId`: who put in what it is about, where all of it is from one. */
export interface Note {
  what: What
  entryId?: number | null
  makerId?: number | null
  names?: string[]
  details?: Record<string, Json>
}

export interface Actor {
  id: number | null
  name: string
}

export function fromActivity(row: ActivityRow): Activity {
  return {
    id: row.id,
    vaultId: row.vault_id,
    at: new Date(row.at),
    actorId: row.actor_id,
    actorName: row.actor_name,
    what: row.what,
    entryId: row.entry_id,
    names: JSON.parse(row.names) as string[],
    details: JSON.parse(row.details) as Record<string, Json>,
  }
}

export async function insertActivity(
  trx: Trx,
  vaultId: number,
  actor: Actor,
  at: Date,
  note: Note
): Promise<Activity> {
  const row = {
    vault_id: vaultId,
    at: at.getTime(),
    actor_id: actor.id,
    actor_name: actor.name,
    what: note.what,
    entry_id: note.entryId ?? null,
    names: JSON.stringify(note.names ?? []),
    details: JSON.stringify(note.details ?? {}),
  }
  const id = await insertNumbered(trx, 'activities', { ...row, maker_id: note.makerId ?? null })
  return fromActivity({ ...row, id })
}
