/**
 * #invitations: mailed one-time links by which people come in.
 *
 * An owner or administrator invites into a vault, an administrator into the installation, and whoever has an address in the firm's
 * domains asks for a link himself. The link proves that the mailbox is his: the account gets that address, and the role that was meant
 * for it, whatever the form says. Who has an account already is let into a vault at once, and told.
 *
 * Invariants
 * - The table holds a hash of the token. A link works once, until it expires, is taken back or sent anew; looking at it changes nothing.
 * - One open invitation per vault and address: inviting again replaces role, end, words and link.
 * - A link is dead while who invited is locked out, and once its vault is in the trash.
 * - Whoever registers is let into all vaults that his address is invited into.
 * - Account, memberships, use of the link and ledger are one transaction.
 *
 * It refuses to tell a stranger whether an address has an account: asking for a link is answered alike for all, by a mail or none.
 */
import type { Database } from '@adonisjs/lucid/database'
import {
  normalAddress,
  type Account,
  type Accounts,
  type Directory,
  type Language,
} from '#accounts'
import { PermanentError } from '#errors'
import type { Ledger } from '#ledger'
import type { Post } from '#post'
import { transaction } from '#transaction'
import type { Vaults } from '#vault'
import { forgetLetters } from './daily_letters.ts'
import { Entering, type Registration } from './entering.ts'
import { IntoHouse } from './into_house.ts'
import { IntoVault } from './into_vault.ts'
import { hasAccountLetter, type Places } from './letters.ts'
import type { Invitation, Kind } from './rows.ts'
import { end, insert, type Writing } from './sending.ts'

export type { Registration } from './entering.ts'
export type { HouseInvitation } from './into_house.ts'
export type { VaultInvitation } from './into_vault.ts'
export type { Invitation, Kind as InvitationKind, State as InvitationState } from './rows.ts'

/** A row that can be used no more is kept this long, for a page that says why, in milliseconds. */
const KEPT = 30 * 24 * 60 * 60 * 1000

export interface InvitationsOptions {
  db: Database
  accounts: Accounts
  directory: Directory
  vaults: Vaults
  ledger: Ledger
  post: Post
  places: Places
  /** Language of letters to people who have not chosen one. */
  locale: Language
  now?: () => Date
}

/** What is open to whoever has an address of the firm, and to whoever holds a link. */
export class Invitations {
  readonly intoVault: IntoVault
  readonly intoHouse: IntoHouse
  readonly #options: InvitationsOptions
  readonly #writing: Writing
  readonly #entering: Entering
  readonly #now: () => Date

  constructor(options: InvitationsOptions) {
    this.#options = options
    const { now = () => new Date() } = options
    this.#now = now
    const all = { ...options, now }
    this.#writing = all
    this.#entering = new Entering(all)
    this.intoVault = new IntoVault(all)
    this.intoHouse = new IntoHouse(all)
  }

  /**
   * Mails a link to whoever asks for an account with an address of the firm. Whether a mail goes out, and which, learns only who reads
   * that mailbox.
   */
  async askToRegister(address: string, locale: Language): Promise<void> {
    const { accounts, db, directory, places, post } = this.#options
    let email: string
    try {
      email = normalAddress(address)
    } catch (error) {
      if (error instanceof PermanentError) return
      throw error
    }
    if (!(await accounts.isLocal(email))) return
    await transaction(db, async (trx) => {
      const person = await directory.withAddress(email, trx)
      if (person) {
        const letter = hasAccountLetter(person.locale ?? locale, email, places)
        await post.post(trx, { kind: 'has_account', to: email, ...letter })
        return
      }
      await end(trx, { email, kind: 'staff' }, this.#now())
      await insert(this.#writing, trx, { kind: 'staff', email, role: 'staff', locale })
    })
  }

  /**
   * What a token leads to. Changes nothing.
   *
   * @throws NotFound `E_NO_INVITATION` for one that nobody was ever sent
   */
  look(token: string, kinds: Kind[]): Promise<Invitation & { hasAccount: boolean }> {
    return this.#entering.look(token, kinds)
  }

  /**
   * Makes the account and lets it in. Who has one by now needs no registration: the link says that the address is his.
   *
   * @returns the account, and whether it was made just now
   * @throws NotFound `E_NO_INVITATION`; Refused `E_INVITATION_OVER` with its state, `E_USERNAME_TAKEN`; PermanentError as
   *   `Accounts.prepare`, `E_USERNAME` without a user name
   */
  accept(
    token: string,
    kinds: Kind[],
    registration: Registration
  ): Promise<{ account: Account; isNew: boolean; invitation: Invitation }> {
    return this.#entering.accept(token, kinds, registration)
  }

  /** Forgets invitations that have long ended: they name people. */
  async sweep(): Promise<void> {
    const before = this.#now().getTime() - KEPT
    await transaction(this.#options.db, async (trx) => {
      await trx
        .from('invitations')
        .where('expires_at', '<', before)
        .orWhere('used_at', '<', before)
        .orWhere('revoked_at', '<', before)
        .delete()
      await forgetLetters(trx, this.#now())
    })
  }
}
