import type { VaultRole } from '#vault'
import type { DatabaseQueryBuilderContract } from '@adonisjs/lucid/types/querybuilder'
import type { Choice, Reason, Source } from './rows.ts'

/** Somebody who is or was a member of a vault, and how he is told. */
export interface Member {
  vaultId: number
  userId: number
  name: string
  email: string
  locale: 'de' | 'en' | null
  role: VaultRole
  choice: Choice
  since: Date
  until: Date | null
  lastVisitAt: Date | null
  /** Up to when news were told to him by themselves. */
  notifiedAt: Date | null
  isDisabled: boolean
}

interface MemberRow {
  vault_id: number
  user_id: number
  full_name: string
  email: string
  locale: 'de' | 'en' | null
  role: VaultRole
  notify: Choice
  since: number
  until: number | null
  last_visit_at: number | null
  notified_at: number | null
  disabled_at: number | null
}

const date = (at: number | null) => (at === null ? null : new Date(at))

function fromRow(row: MemberRow): Member {
  return {
    vaultId: row.vault_id,
    userId: row.user_id,
    name: row.full_name,
    email: row.email,
    locale: row.locale,
    role: row.role,
    choice: row.notify,
    since: new Date(row.since),
    until: date(row.until),
    lastVisitAt: date(row.last_visit_at),
    notifiedAt: date(row.notified_at),
    isDisabled: row.disabled_at !== null,
  }
}

/** Members, past ones too, in the order of their names. */
export async function members(
  db: Source,
  which: (rows: DatabaseQueryBuilderContract) => void
): Promise<Member[]> {
  const rows: MemberRow[] = await db
    .from('memberships')
    .join('users', 'users.id', 'memberships.user_id')
    .select('memberships.vault_id', 'memberships.user_id', 'memberships.role')
    .select('memberships.notify', 'memberships.since', 'memberships.until')
    .select('memberships.last_visit_at', 'memberships.notified_at')
    .select('users.full_name', 'users.email', 'users.locale', 'users.disabled_at')
    .where(which)
    .orderBy('users.sort_name')
    .orderBy('users.id')
  return rows.map(fromRow)
}

export async function memberOf(
  db: Source,
  vaultId: number,
  userId: number
): Promise<Member | undefined> {
  const [member] = await members(db, (rows) =>
    rows.where({ 'memberships.vault_id': vaultId, 'memberships.user_id': userId })
  )
  return member
}

/** Rows of those who are members at `now`. */
export const current = (now: Date) => (rows: DatabaseQueryBuilderContract) =>
  void rows.where((query) =>
    query.whereNull('memberships.until').orWhere('memberships.until', '>', now.getTime())
  )

/** Why a member is not told, whatever there is to tell. */
export function reasonAgainst(member: Member | undefined, now: Date): Reason | null {
  if (!member || (member.until !== null && member.until <= now)) return 'ended'
  if (member.isDisabled) return 'disabled'
  return member.choice === 'never' ? 'never' : null
}

/** From when on something is news that he has neither seen nor been told. */
export function untoldSince(member: Member): Date {
  const times = [member.since, member.lastVisitAt, member.notifiedAt]
  return new Date(Math.max(...times.map((at) => at?.getTime() ?? 0)))
}
