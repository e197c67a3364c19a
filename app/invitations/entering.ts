import type { Database } from '@adonisjs/lucid/database'
import type { Account, Accounts, Directory, NewAccount } from '#accounts'
import { PermanentError, Refused } from '#errors'
import type { Ledger, LedgerEvent } from '#ledger'
import { transaction, type Trx } from '#transaction'
import type { Vaults } from '#vault'
import { fromRow, invitations, type Invitation, type InvitationRow, type Kind } from './rows.ts'
import { noInvitation } from './sending.ts'
import { hashOf, isToken } from './tokens.ts'

/** What the invited chooses; everything else stands in the invitation. */
export type Registration = Pick<NewAccount, 'fullName' | 'password' | 'username' | 'locale'>

interface EnteringOptions {
  db: Database
  accounts: Accounts
  directory: Directory
  vaults: Vaults
  ledger: Ledger
  now: () => Date
}

/** The use of a link. */
export class Entering {
  readonly #options: EnteringOptions
  readonly #now: () => Date

  constructor(options: EnteringOptions) {
    this.#options = options
    this.#now = options.now
  }

  /**
   * What a token leads to. Changes nothing.
   *
   * @throws NotFound `E_NO_INVITATION` for one that nobody was ever sent
   */
  async look(token: string, kinds: Kind[]): Promise<Invitation & { hasAccount: boolean }> {
    const { db, directory } = this.#options
    const found = await this.#byToken(db, token, kinds)
    const person = await directory.withAddress(found.email)
    const state = found.state === 'open' && person?.disabledAt ? 'locked' : found.state
    return { ...found, state, hasAccount: person !== null }
  }

  /**
   * Makes the account and lets it in. Who has one by now needs no registration: the link says that the address is his.
   *
   * @returns the account, and whether it was made just now
   * @throws NotFound `E_NO_INVITATION`; Refused `E_INVITATION_OVER` with its state, `E_USERNAME_TAKEN`; PermanentError as
   *   `Accounts.prepare`, `E_USERNAME` without a user name
   */
  async accept(
    token: string,
    kinds: Kind[],
    registration: Registration
  ): Promise<{ account: Account; isNew: boolean; invitation: Invitation }> {
    const { accounts, db, directory, ledger, vaults } = this.#options
    const seen = await this.look(token, kinds)
    assertOpen(seen)
    const entrant = seen.hasAccount ? null : await this.#prepare(seen, registration)
    const outcome = await transaction(db, async (trx) => {
      await trx.from('invitations').where('id', seen.id).forUpdate().first()
      const invitation = await this.#byToken(trx, token, kinds)
      assertOpen(invitation)
      const known = await directory.withAddress(invitation.email, trx)
      if (known?.disabledAt) throw over('locked')
      // Somebody registered this address since the form was checked.
      if (!known && !entrant) throw over('over')
      const made = known || !entrant ? null : await accounts.enter(trx, entrant)
      const account = known ?? made!.account
      const others = await this.#openOf(trx, invitation)
      const used = { used_at: this.#now().getTime(), used_by: account.id }
      const ids = [invitation, ...others].map(({ id }) => id)
      await trx.from('invitations').whereIn('id', ids).update(used)
      const events: LedgerEvent[] = made ? [made.event] : []
      const person = { id: account.id, name: account.fullName }
      const admissions = [invitation, ...others].flatMap(({ vault, invitedBy }) => {
        if (!vault) return []
        const { id: vaultId, role, until } = vault
        return [{ vaultId, role, until, person, invitedBy: invitedBy?.id ?? null }]
      })
      if (admissions.length > 0) await vaults.admissions.admit(trx, admissions, events)
      else await ledger.append(trx, events)
      return { account, isNew: made !== null, invitation }
    })
    return outcome
  }

  /** What is decided by the invitation is not taken from the form. Staff are told apart by the domains as they are now. */
  async #prepare(invitation: Invitation, registration: Registration) {
    const { accounts } = this.#options
    const { email, kind } = invitation
    const isLocal = await accounts.isLocal(email)
    if (kind === 'staff' && !isLocal) throw over('over')
    if (!registration.username?.trim()) {
      throw new PermanentError('E_USERNAME', 'A user name is missing')
    }
    const { fullName, password, username, locale } = registration
    const role = kind === 'vault' ? (isLocal ? 'staff' : 'client') : invitation.role
    return accounts.prepare({ fullName, password, username, locale, email, role })
  }

  async #byToken(db: Database | Trx, token: string, kinds: Kind[]): Promise<Invitation> {
    const row: InvitationRow | null = isToken(token)
      ? await invitations(db)
          .where('invitations.token_hash', hashOf(token))
          .whereIn('invitations.kind', kinds)
          .first()
      : null
    if (!row) throw noInvitation()
    return fromRow(row, this.#now().getTime())
  }

  /** Other vaults that the same address is invited into. */
  async #openOf(trx: Trx, { id, email }: Invitation): Promise<Invitation[]> {
    const rows: InvitationRow[] = await invitations(trx)
      .where({ 'invitations.email': email, 'invitations.kind': 'vault' })
      .whereNot('invitations.id', id)
      .whereNull('invitations.used_at')
      .whereNull('invitations.revoked_at')
      .orderBy('invitations.made_at')
    const now = this.#now().getTime()
    const open = rows.map((row) => fromRow(row, now)).filter(({ state }) => state === 'open')
    return open
  }
}

const over = (state: string) =>
  new Refused('E_INVITATION_OVER', `This invitation is ${state}`, { facts: { state } })

function assertOpen({ state }: Invitation) {
  if (state !== 'open') throw over(state)
}
