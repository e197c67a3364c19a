import { NotFound, PermanentError, Refused } from '#errors'
import type { Json, LedgerEvent } from '#ledger'
import type { Trx } from '#transaction'
import type { Access } from './access.ts'
import type { Actor } from './activity.ts'
import { change, changesBy, changeWithin, type Change } from './change.ts'
import { may, type VaultRole } from './roles.ts'
import { dateOf, type House, type Source } from './rows.ts'

/** What an owner may give others in his vault. */
export const MEMBER_ROLES = ['editor', 'contributor', 'reader'] as const
export type MemberRole = (typeof MEMBER_ROLES)[number]

/** Somebody who may enter a vault. */
export interface Member {
  /** His account. */
  id: number
  name: string
  /** null: not for this viewer. */
  email: string | null
  role: VaultRole
  since: Date
  /** null: without end. A membership that has ended is listed until it is removed or prolonged. */
  until: Date | null
  ended: boolean
}

/** What a membership allows, and until when. */
export interface Grant {
  role: MemberRole
  until: Date | null
}

/** A person who comes into a vault, by whose word. */
export interface Admission extends Grant {
  vaultId: number
  person: { id: number; name: string }
  invitedBy: number | null
}

interface MemberRow {
  user_id: number
  role: VaultRole
  since: number
  until: number | null
  full_name: string
  email: string
}

/**
 * Who may enter a vault, its owner first. A contributor does not learn who else puts in; addresses are for those who manage.
 */
export async function members(house: House, access: Access): Promise<Member[]> {
  const { vault, viewer, role } = access
  const rows: MemberRow[] = await house.db
    .from('memberships')
    .join('users', 'users.id', 'memberships.user_id')
    .where('vault_id', vault.id)
    .select('user_id', 'memberships.role', 'since', 'until', 'full_name', 'email')
    .orderByRaw(`CASE WHEN memberships.role = 'owner' THEN 0 ELSE 1 END`)
    .orderBy([{ column: 'full_name' }, { column: 'user_id' }])
  const now = house.now().getTime()
  const manages = may(access, 'manage')
  return rows
    .map((row) => ({
      id: row.user_id,
      name: row.full_name,
      email: manages || row.user_id === viewer.id ? row.email : null,
      role: row.role,
      since: new Date(row.since),
      until: dateOf(row.until),
      ended: row.until !== null && row.until <= now,
    }))
    .filter((one) => manages || !one.ended)
    .filter((one) => role !== 'contributor' || one.role !== 'contributor' || one.id === viewer.id)
}

/**
 * Lets a person in who has an account, as the last statement of the caller's transaction.
 *
 * @throws Refused `E_MEMBER` he is one already, `E_MAILBOX_VAULT`, `E_ROLE`; PermanentError `E_MEMBER_ROLE`, `E_PERIOD`
 */
export function addMember(
  house: House,
  trx: Trx,
  access: Access,
  person: { id: number; name: string },
  grant: Grant & { why?: string }
): Promise<void> {
  return changeWithin(house, trx, access, 'manage', async (at) => {
    assertGrant(grant, at.at)
    if (!(await place(at, person, grant))) {
      throw new Refused('E_MEMBER', `Account ${person.id} is a member of vault ${at.vault.number}`)
    }
    noteAdded(at, person, detailOf(grant))
  })
}

/** Notes that somebody without an account was invited, as the last statement of the caller's transaction. @throws as `addMember` */
export function noteInvited(
  house: House,
  trx: Trx,
  access: Access,
  email: string,
  grant: Grant & { why?: string }
): Promise<void> {
  return changeWithin(house, trx, access, 'manage', async (at) => {
    assertGrant(grant, at.at)
    assertHasMembers(at)
    at.note({ what: 'member_invited', details: { email, ...detailOf(grant) } })
  })
}

/** How often the viewer invited somebody into the vault, or let somebody in, since then: each is a letter. */
export async function invitedSince(
  source: Source,
  { vault, viewer }: Access,
  since: Date
): Promise<number> {
  const [row] = (await source
    .from('activities')
    .where({ vault_id: vault.id, actor_id: viewer.id })
    .whereIn('what', ['member_invited', 'member_added'])
    .where('at', '>', since.getTime())
    .count('* as total')) as { total: number | string }[]
  return Number(row?.total ?? 0)
}

/** Notes that an invitation was taken back. @throws Refused `E_ROLE` */
export function noteUninvited(
  house: House,
  trx: Trx,
  access: Access,
  email: string
): Promise<void> {
  return changeWithin(house, trx, access, 'manage', async (at) => {
    at.note({ what: 'invitation_revoked', details: { email } })
  })
}

/**
 * Lets people in who were invited, as the last statement of the caller's transaction. Who is a member already stays what he is.
 *
 * @param also what the ledger is told before
 */
export async function admit(
  house: House,
  trx: Trx,
  admissions: Admission[],
  also: LedgerEvent[]
): Promise<void> {
  const wanted = admissions.map(({ vaultId, person }): [number, Actor] => [vaultId, person])
  await changesBy(house, trx, wanted, also, async (changes) => {
    for (const [nth, { person, invitedBy, role, until }] of admissions.entries()) {
      const at = changes[nth]!
      if (!(await place(at, person, { role, until }))) continue
      noteAdded(at, person, { ...detailOf({ role, until }), invitedBy })
    }
  })
}

/** @throws Refused `E_OWNER`, `E_ROLE`; NotFound `E_NO_MEMBER`; PermanentError `E_MEMBER_ROLE`, `E_PERIOD` */
export function changeMember(
  house: House,
  access: Access,
  userId: number,
  grant: Grant
): Promise<void> {
  return change(house, access, 'manage', async (at) => {
    assertGrant(grant, at.at)
    const row = await memberOf(at, userId)
    const until = grant.until?.getTime() ?? null
    if (row.role === grant.role && row.until === until) return
    await at.trx
      .from('memberships')
      .where({ vault_id: at.vault.id, user_id: userId })
      .update({ role: grant.role, until })
    at.note({
      what: 'member_changed',
      details: {
        member: userId,
        name: row.full_name,
        from: row.role,
        ...detailOf(grant),
      },
    })
  })
}

/** @throws Refused `E_OWNER`, `E_ROLE`; NotFound `E_NO_MEMBER` */
export function removeMember(house: House, access: Access, userId: number): Promise<void> {
  return change(house, access, 'manage', async (at) => {
    const row = await memberOf(at, userId)
    await dismiss(at, userId)
    at.note({ what: 'member_removed', details: { member: userId, name: row.full_name } })
  })
}

/** The viewer goes. @throws Refused `E_OWNER` for the owner, who hands the vault over first; NotFound `E_NO_MEMBER` */
export function leave(house: House, access: Access): Promise<void> {
  return change(house, access, 'see', async (at) => {
    const { id, name } = access.viewer
    await memberOf(at, id)
    await dismiss(at, id)
    at.note({ what: 'member_left', details: { member: id, name } })
  })
}

/**
 * Makes a member the owner; who was it becomes an editor. An administrator of the installation may name anybody with an account.
 *
 * @throws Refused `E_ROLE`, `E_MAILBOX_VAULT`, `E_DISABLED`; NotFound `E_NO_MEMBER`
 */
export function transfer(house: House, access: Access, to: number, why?: string): Promise<void> {
  return change(house, access, 'manage', async (at) => {
    assertHasMembers(at)
    const { trx, vault } = at
    const heir: { full_name: string; disabled_at: number | null } | null = await trx
      .from('users')
      .where('id', to)
      .first()
    const membership: { role: VaultRole; until: number | null } | null = await trx
      .from('memberships')
      .where({ vault_id: vault.id, user_id: to })
      .first()
    const isMember = membership && (membership.until === null || membership.until > at.at.getTime())
    if (!heir || (!isMember && access.role !== 'administrator')) throw noMember(vault.number, to)
    if (heir.disabled_at !== null) throw new Refused('E_DISABLED', `Account ${to} is disabled`)
    if (vault.ownerId === to) return
    await trx
      .from('memberships')
      .where({ vault_id: vault.id, role: 'owner' })
      .update({ role: 'editor' })
    const row = { role: 'owner', until: null, notify: 'at_once' }
    const own = { vault_id: vault.id, user_id: to }
    if (membership) await trx.from('memberships').where(own).update(row)
    else await trx.table('memberships').insert({ ...own, ...row, since: at.at.getTime() })
    await trx.from('vaults').where('id', vault.id).update({ owner_id: to })
    at.note({
      what: 'owner_changed',
      details: { from: vault.ownerId, to, name: heir.full_name, ...(why ? { why } : {}) },
    })
  })
}

/** What was given, for the ledger; of an administrator also why. */
function detailOf({ role, until, why }: Grant & { why?: string }): Record<string, Json> {
  return { role, until: until?.toISOString() ?? null, ...(why ? { why } : {}) }
}

function noteAdded(at: Change, person: { id: number; name: string }, more: Record<string, Json>) {
  at.note({ what: 'member_added', details: { member: person.id, name: person.name, ...more } })
}

/** @returns false when the person is a member already; one whose time is over begins anew */
async function place(at: Change, person: { id: number }, { role, until }: Grant): Promise<boolean> {
  assertHasMembers(at)
  const own = { vault_id: at.vault.id, user_id: person.id }
  const now = at.at.getTime()
  const row: { until: number | null } | null = await at.trx.from('memberships').where(own).first()
  if (row && (row.until === null || row.until > now)) return false
  const grant = { role, until: until?.getTime() ?? null, since: now }
  if (row) await at.trx.from('memberships').where(own).update(grant)
  else await at.trx.table('memberships').insert({ ...own, ...grant, notify: 'manual' })
  return true
}

/** What he had locked is free again: nobody is left to unlock it. */
async function dismiss(at: Change, userId: number): Promise<void> {
  const { trx, vault } = at
  const locked = { vault_id: vault.id, locked_by_id: userId }
  const rows: { id: number }[] = await trx.from('entries').where(locked).select('id')
  for (const { id } of rows) at.touched.add(id)
  await trx
    .from('entries')
    .where(locked)
    .update({ locked_by_id: null, locked_by_name: null, locked_at: null, lock_until: null })
  await trx.from('memberships').where({ vault_id: vault.id, user_id: userId }).delete()
}

/** @throws NotFound `E_NO_MEMBER`; Refused `E_OWNER` for the owner, who can only hand over */
async function memberOf(at: Change, userId: number): Promise<MemberRow> {
  const row: MemberRow | null = await at.trx
    .from('memberships')
    .join('users', 'users.id', 'memberships.user_id')
    .where({ vault_id: at.vault.id, user_id: userId })
    .select('user_id', 'memberships.role', 'since', 'until', 'full_name', 'email')
    .first()
  if (!row) throw noMember(at.vault.number, userId)
  if (row.role === 'owner') {
    throw new Refused('E_OWNER', `Account ${userId} owns vault ${at.vault.number}`)
  }
  return row
}

const noMember = (vault: number, userId: number) =>
  new NotFound('E_NO_MEMBER', `Account ${userId} is no member of vault ${vault}`)

function assertHasMembers({ vault }: Change) {
  if (vault.mailbox === null) return
  throw new Refused('E_MAILBOX_VAULT', `Vault ${vault.number} is for who has its mailbox`)
}

/** @throws PermanentError `E_MEMBER_ROLE`, `E_PERIOD` */
export function assertGrant({ role, until }: Grant, now: Date) {
  if (!MEMBER_ROLES.includes(role)) {
    throw new PermanentError('E_MEMBER_ROLE', `${role} is not one of ${MEMBER_ROLES.join(', ')}`)
  }
  if (until !== null && until <= now) {
    throw new PermanentError('E_PERIOD', 'A membership ends in the future')
  }
}
