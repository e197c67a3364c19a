import { NotFound, Refused } from '#errors'
import type { Trx } from '#transaction'
import type { Access } from './access.ts'
import { change, changeBy, type Change } from './change.ts'
import { assertGrant, assertHasMembers, detailOf, type Grant } from './grants.ts'
import { may, type VaultRole } from './roles.ts'
import { dateOf, type House } from './rows.ts'

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

interface MemberRow {
  user_id: number
  role: VaultRole
  since: number
  until: number | null
  full_name: string
  email: string
}

/** Who may enter a vault. */
export class Members {
  readonly #house: House

  constructor(house: House) {
    this.#house = house
  }

  /**
   * The owner first. A contributor does not learn who else puts in; addresses are for those who manage.
   */
  async list(access: Access): Promise<Member[]> {
    const { vault, viewer, role } = access
    const rows: MemberRow[] = await this.#house.db
      .from('memberships')
      .join('users', 'users.id', 'memberships.user_id')
      .where('vault_id', vault.id)
      .select('user_id', 'memberships.role', 'since', 'until', 'full_name', 'email')
      .orderByRaw(`CASE WHEN memberships.role = 'owner' THEN 0 ELSE 1 END`)
      .orderBy([{ column: 'users.sort_name' }, { column: 'user_id' }])
    const now = this.#house.now().getTime()
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

  /** @throws Refused `E_OWNER`, `E_ROLE`; NotFound `E_NO_MEMBER`; PermanentError `E_MEMBER_ROLE`, `E_PERIOD` */
  change(access: Access, userId: number, grant: Grant): Promise<void> {
    return change(this.#house, access, 'manage', async (at) => {
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
  remove(access: Access, userId: number): Promise<void> {
    return change(this.#house, access, 'manage', async (at) => {
      const row = await memberOf(at, userId)
      await dismiss(at, userId)
      at.note({ what: 'member_removed', details: { member: userId, name: row.full_name } })
    })
  }

  /** The viewer goes. @throws Refused `E_OWNER` for the owner, who hands the vault over first; NotFound `E_NO_MEMBER` */
  leave(access: Access): Promise<void> {
    return change(this.#house, access, 'see', async (at) => {
      const { id, name } = access.viewer
      await memberOf(at, id)
      await dismiss(at, id)
      at.note({ what: 'member_left', details: { member: id, name } })
    })
  }

  /** Notes that somebody's time is over, as the last statement of the caller's transaction. What he had locked is free again. */
  async noteEnded(trx: Trx, vaultId: number, userId: number, until: Date): Promise<void> {
    const { full_name: name } = (await trx
      .from('users')
      .where('id', userId)
      .select('full_name')
      .firstOrFail()) as { full_name: string }
    await changeBy(this.#house, trx, vaultId, { id: null, name: '' }, async (at) => {
      await freeLocks(at, userId)
      const details = { member: userId, name, until: until.toISOString() }
      at.note({ what: 'member_ended', details })
    })
  }

  /**
   * Makes a member the owner; who was it becomes an editor. An administrator of the installation may name anybody with an account.
   *
   * @throws Refused `E_ROLE`, `E_MAILBOX_VAULT`, `E_DISABLED`; NotFound `E_NO_MEMBER`
   */
  transfer(access: Access, to: number, why?: string): Promise<void> {
    return change(this.#house, access, 'manage', async (at) => {
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
      const isMember =
        membership && (membership.until === null || membership.until > at.at.getTime())
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
}

async function dismiss(at: Change, userId: number): Promise<void> {
  await freeLocks(at, userId)
  await at.trx.from('memberships').where({ vault_id: at.vault.id, user_id: userId }).delete()
}

/** What he had locked is free again: nobody is left to unlock it. */
async function freeLocks({ trx, vault, touched }: Change, userId: number): Promise<void> {
  const locked = { vault_id: vault.id, locked_by_id: userId }
  const rows: { id: number }[] = await trx.from('entries').where(locked).select('id')
  for (const { id } of rows) touched.add(id)
  await trx
    .from('entries')
    .where(locked)
    .update({ locked_by_id: null, locked_by_name: null, locked_at: null, lock_until: null })
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
