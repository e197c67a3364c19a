import type { Database } from '@adonisjs/lucid/database'
import type { Language, Role } from '#accounts'
import type { Trx } from '#transaction'
import type { MemberRole } from '#vault'

/** `vault`: into a vault. `house`: into the installation. `staff`: somebody with an address of the firm asked for it himself. */
export type Kind = 'vault' | 'house' | 'staff'

/** How it is with a link. Only an open one lets anybody in. */
export type State = 'open' | 'used' | 'revoked' | 'expired' | 'over' | 'locked'

/** A mailed one-time link by which one person may come in. */
export interface Invitation {
  id: string
  kind: Kind
  email: string
  /** In the installation, for whoever has no account yet. */
  role: Role
  vault: { id: number; number: number; name: string; role: MemberRole; until: Date | null } | null
  /** What the inviter wrote. */
  words: string | null
  locale: Language
  invitedBy: { id: number; name: string; email: string } | null
  madeAt: Date
  sentAt: Date
  expiresAt: Date
  state: State
}

export interface InvitationRow {
  id: string
  kind: Kind
  email: string
  role: Role
  vault_id: number | null
  vault_role: MemberRole | null
  member_until: number | null
  words: string | null
  locale: Language
  invited_by: number | null
  made_at: number
  sent_at: number
  expires_at: number
  used_at: number | null
  revoked_at: number | null
  vault_number: number | null
  vault_name: string | null
  vault_trashed_at: number | null
  inviter_name: string | null
  inviter_email: string | null
  inviter_disabled_at: number | null
}

/** Invitations with their vault and who invited. */
export function invitations(db: Database | Trx) {
  return db
    .from('invitations')
    .leftJoin('vaults', 'vaults.id', 'invitations.vault_id')
    .leftJoin('users', 'users.id', 'invitations.invited_by')
    .select(
      'invitations.*',
      'vaults.number as vault_number',
      'vaults.name as vault_name',
      'vaults.trashed_at as vault_trashed_at',
      'users.full_name as inviter_name',
      'users.email as inviter_email',
      'users.disabled_at as inviter_disabled_at'
    )
}

export function fromRow(row: InvitationRow, now: number): Invitation {
  return {
    id: row.id,
    kind: row.kind,
    email: row.email,
    role: row.role,
    vault:
      row.vault_id === null
        ? null
        : {
            id: row.vault_id,
            number: row.vault_number!,
            name: row.vault_name!,
            role: row.vault_role!,
            until: row.member_until === null ? null : new Date(row.member_until),
          },
    words: row.words,
    locale: row.locale,
    invitedBy:
      row.invited_by === null
        ? null
        : { id: row.invited_by, name: row.inviter_name!, email: row.inviter_email! },
    madeAt: new Date(row.made_at),
    sentAt: new Date(row.sent_at),
    expiresAt: new Date(row.expires_at),
    state: stateOf(row, now),
  }
}

/** Open and expired ones, newest first, one page of them. */
export async function listed(
  db: Database,
  where: Record<string, string | number>,
  now: Date
): Promise<Invitation[]> {
  const rows: InvitationRow[] = await invitations(db)
    .where(where)
    .whereNull('invitations.used_at')
    .whereNull('invitations.revoked_at')
    .orderBy('invitations.made_at', 'desc')
    .limit(200)
  return rows.map((row) => fromRow(row, now.getTime()))
}

/** `over`: what it led to is gone, or is over by now. Whoever is locked out lets nobody in either. */
function stateOf(row: InvitationRow, now: number): State {
  if (row.used_at !== null) return 'used'
  if (row.revoked_at !== null || row.inviter_disabled_at !== null) return 'revoked'
  if (row.expires_at <= now) return 'expired'
  if (row.vault_trashed_at !== null) return 'over'
  return row.member_until !== null && row.member_until <= now ? 'over' : 'open'
}
