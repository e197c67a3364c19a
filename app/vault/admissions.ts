import { Refused } from '#errors'
import type { Json, LedgerEvent } from '#ledger'
import type { Trx } from '#transaction'
import type { Access } from './access.ts'
import type { Actor } from './activity.ts'
import { changesBy, changeWithin, type Change } from './change.ts'
import { assertGrant, assertHasMembers, detailOf, type Grant } from './grants.ts'
import type { House } from './rows.ts'

/** A person who comes into a vault, by whose word. */
export interface Admission extends Grant {
  vaultId: number
  person: { id: number; name: string }
  invitedBy: number | null
}

/** How people come into a vault, by the word of whoever manages it. */
export class Admissions {
  readonly #house: House

  constructor(house: House) {
    this.#house = house
  }

  /**
   * Lets a person in who has an account, as the last statement of the caller's transaction.
   *
   * @throws Refused `E_MEMBER` he is one already, `E_MAILBOX_VAULT`, `E_ROLE`; PermanentError `E_MEMBER_ROLE`, `E_PERIOD`
   */
  add(
    trx: Trx,
    access: Access,
    person: { id: number; name: string },
    grant: Grant & { why?: string }
  ): Promise<void> {
    return changeWithin(this.#house, trx, access, 'manage', async (at) => {
      assertGrant(grant, at.at)
      if (!(await place(at, person, grant))) {
        throw new Refused(
          'E_MEMBER',
          `Account ${person.id} is a member of vault ${at.vault.number}`
        )
      }
      noteAdded(at, person, detailOf(grant))
    })
  }

  /** Notes that somebody without an account was invited, as the last statement of the caller's transaction. @throws as `add` */
  noteInvited(
    trx: Trx,
    access: Access,
    email: string,
    grant: Grant & { why?: string }
  ): Promise<void> {
    return changeWithin(this.#house, trx, access, 'manage', async (at) => {
      assertGrant(grant, at.at)
      assertHasMembers(at)
      at.note({ what: 'member_invited', details: { email, ...detailOf(grant) } })
    })
  }

  /** Notes that an invitation was taken back. @throws Refused `E_ROLE` */
  noteUninvited(trx: Trx, access: Access, email: string): Promise<void> {
    return changeWithin(this.#house, trx, access, 'manage', async (at) => {
      at.note({ what: 'invitation_revoked', details: { email } })
    })
  }

  /**
   * Lets people in who were invited, as the last statement of the caller's transaction. Who is a member already stays what he is.
   *
   * @param also what the ledger is told before
   */
  async admit(trx: Trx, admissions: Admission[], also: LedgerEvent[]): Promise<void> {
    const wanted = admissions.map(({ vaultId, person }): [number, Actor] => [vaultId, person])
    await changesBy(this.#house, trx, wanted, also, async (changes) => {
      for (const [nth, { person, invitedBy, role, until }] of admissions.entries()) {
        const at = changes[nth]!
        if (!(await place(at, person, { role, until }))) continue
        noteAdded(at, person, { ...detailOf({ role, until }), invitedBy })
      }
    })
  }
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
