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
import { randomUUID } from 'node:crypto'
import type { Database } from '@adonisjs/lucid/database'
import {
  normalAddress,
  ROLES,
  type Account,
  type Accounts,
  type Directory,
  type Language,
  type NewAccount,
  type Person,
  type Role,
} from '#accounts'
import { NotFound, PermanentError, Refused } from '#errors'
import type { Json, Ledger, LedgerEvent } from '#ledger'
import type { Post } from '#post'
import { transaction, type Trx } from '#transaction'
import { assertGrant, type Access, type Grant, type Vaults } from '#vault'
import {
  addedLetter,
  hasAccountLetter,
  invitationLetter,
  ownerToldLetter,
  signUpLetter,
  type Places,
} from './letters.ts'
import { fromRow, invitations, type Invitation, type InvitationRow, type Kind } from './rows.ts'
import { hashOf, isToken, newToken } from './tokens.ts'

export type { Invitation, Kind as InvitationKind, State as InvitationState } from './rows.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR

/** How long a link works, in milliseconds. */
const VALID: Record<Kind, number> = { vault: 7 * DAY, house: 7 * DAY, staff: DAY }

/** Letters of one inviter in a day: an account that was taken over shall not become a source of them. */
const PER_DAY = 100

/** A row that can be used no more is kept this long, for a page that says why, in milliseconds. */
const KEPT = 30 * DAY

const LONGEST_WORDS = 1000

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

export interface VaultInvitation extends Grant {
  email: string
  locale: Language
  words?: string
  /** Needed of an administrator who is not the owner. */
  why?: string
}

export interface HouseInvitation {
  email: string
  role: Role
  locale: Language
  words?: string
}

/** What the invited chooses; everything else stands in the invitation. */
export type Registration = Pick<NewAccount, 'fullName' | 'password' | 'username' | 'locale'>

export class Invitations {
  readonly #options: InvitationsOptions
  readonly #now: () => Date

  constructor(options: InvitationsOptions) {
    this.#options = options
    this.#now = options.now ?? (() => new Date())
  }

  /**
   * Invites somebody into a vault, or lets him in where he has an account.
   *
   * @throws Refused `E_ROLE`, `E_MEMBER`, `E_MAILBOX_VAULT`, `E_TOO_MANY`; PermanentError `E_ADDRESS`, `E_MEMBER_ROLE`, `E_PERIOD`,
   *   `E_WORDS`, `E_REASON_MISSING`
   */
  async inviteIntoVault(access: Access, wanted: VaultInvitation): Promise<'added' | 'invited'> {
    const email = normalAddress(wanted.email)
    const words = checkedWords(wanted.words)
    assertGrant(wanted, this.#now())
    const why = this.#reasonOf(access, wanted.why)
    const { vault, viewer } = access
    const grant = { role: wanted.role, until: wanted.until, ...(why ? { why } : {}) }
    const isLocal = await this.#options.accounts.isLocal(email)
    return transaction(this.#options.db, async (trx) => {
      if (why) await this.#tellOwner(trx, access, email, why)
      const person = await this.#options.directory.withAddress(email, trx)
      if (person) {
        await this.#assertFewLetters(trx, access)
        const membership = { ...vault, ...grant }
        await this.#tellAdded(trx, person, { inviter: viewer.name, vault: membership, words })
        await this.#end(trx, { email, vault_id: vault.id })
        const member = { id: person.id, name: person.fullName }
        await this.#options.vaults.admissions.add(trx, access, member, grant)
        return 'added'
      }
      await this.#assertNotTooMany(trx, viewer.id)
      await this.#end(trx, { email, vault_id: vault.id })
      await this.#insert(trx, {
        kind: 'vault',
        email,
        role: isLocal ? 'staff' : 'client',
        vault_id: vault.id,
        vault_role: wanted.role,
        member_until: wanted.until?.getTime() ?? null,
        words,
        locale: wanted.locale,
        invited_by: viewer.id,
      })
      await this.#options.vaults.admissions.noteInvited(trx, access, email, grant)
      return 'invited'
    })
  }

  /**
   * Invites somebody into the installation. By whom is not asked again: the caller knows that he is an administrator.
   *
   * @throws Refused `E_EMAIL_TAKEN`, `E_TOO_MANY`; PermanentError `E_ADDRESS`, `E_ROLE`, `E_WORDS`
   */
  async inviteIntoHouse(wanted: HouseInvitation, actor: number): Promise<void> {
    const email = normalAddress(wanted.email)
    const words = checkedWords(wanted.words)
    if (!ROLES.includes(wanted.role)) {
      throw new PermanentError('E_ROLE', `${wanted.role} is not one of ${ROLES.join(', ')}`)
    }
    await transaction(this.#options.db, async (trx) => {
      if (await this.#options.directory.withAddress(email, trx)) {
        throw new Refused('E_EMAIL_TAKEN', `There is an account with the address ${email} already`)
      }
      await this.#assertNotTooMany(trx, actor)
      await this.#end(trx, { email, kind: 'house' })
      const { role, locale } = wanted
      await this.#insert(trx, { kind: 'house', email, role, words, locale, invited_by: actor })
      await this.#record(trx, { what: 'person invited', email, role, by: actor })
    })
  }

  /** Open and expired invitations into a vault, newest first. @throws Refused `E_ROLE` for whoever does not manage it */
  async ofVault(access: Access): Promise<Invitation[]> {
    this.#assertManages(access)
    return this.#listed({ 'invitations.vault_id': access.vault.id })
  }

  /** Open and expired invitations into the installation, newest first, one page of them. */
  async ofHouse(): Promise<Invitation[]> {
    return this.#listed({ 'invitations.kind': 'house' })
  }

  /** Sends an invitation into a vault anew: another link, and the one before ends. @throws NotFound `E_NO_INVITATION`; Refused `E_ROLE`, `E_TOO_MANY` */
  async resendIntoVault(access: Access, id: string): Promise<void> {
    this.#assertManages(access)
    await transaction(this.#options.db, async (trx) => {
      const row = await this.#waiting(trx, id, { vault_id: access.vault.id })
      await this.#assertFewLetters(trx, access)
      await this.#send(trx, row)
      const until = row.member_until === null ? null : new Date(row.member_until)
      const grant = { role: row.vault_role!, until }
      await this.#options.vaults.admissions.noteInvited(trx, access, row.email, grant)
    })
  }

  /** @throws NotFound `E_NO_INVITATION`; Refused `E_ROLE` */
  async revokeIntoVault(access: Access, id: string): Promise<void> {
    this.#assertManages(access)
    await transaction(this.#options.db, async (trx) => {
      const { email } = await this.#waiting(trx, id, { vault_id: access.vault.id })
      await trx.from('invitations').where({ id }).update({ revoked_at: this.#now().getTime() })
      await this.#options.vaults.admissions.noteUninvited(trx, access, email)
    })
  }

  /** @throws NotFound `E_NO_INVITATION` */
  async resendIntoHouse(id: string, actor: number): Promise<void> {
    await transaction(this.#options.db, async (trx) => {
      const row = await this.#waiting(trx, id, { kind: 'house' })
      await this.#send(trx, row)
      const { email, role } = row
      await this.#record(trx, { what: 'person invited', email, role, by: actor })
    })
  }

  /** @throws NotFound `E_NO_INVITATION` */
  async revokeIntoHouse(id: string, actor: number): Promise<void> {
    await transaction(this.#options.db, async (trx) => {
      const { email } = await this.#waiting(trx, id, { kind: 'house' })
      await trx.from('invitations').where({ id }).update({ revoked_at: this.#now().getTime() })
      await this.#record(trx, { what: 'invitation revoked', email, by: actor })
    })
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
      await this.#end(trx, { email, kind: 'staff' })
      await this.#insert(trx, { kind: 'staff', email, role: 'staff', locale })
    })
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
    })
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

  async #listed(where: Record<string, string | number>): Promise<Invitation[]> {
    const rows: InvitationRow[] = await invitations(this.#options.db)
      .where(where)
      .whereNull('invitations.used_at')
      .whereNull('invitations.revoked_at')
      .orderBy('invitations.made_at', 'desc')
      .limit(200)
    return rows.map((row) => fromRow(row, this.#now().getTime()))
  }

  /** One that can still be sent anew or taken back, locked. */
  async #waiting(
    trx: Trx,
    id: string,
    where: Record<string, string | number>
  ): Promise<InvitationRow> {
    const row: InvitationRow | null = await trx
      .from('invitations')
      .where({ id, ...where })
      .whereNull('used_at')
      .whereNull('revoked_at')
      .forUpdate()
      .first()
    if (!row) throw noInvitation()
    return row
  }

  /** Ends what is open for an address: what comes now replaces it. */
  async #end(trx: Trx, where: Record<string, string | number>): Promise<void> {
    await trx
      .from('invitations')
      .where(where)
      .whereNull('used_at')
      .whereNull('revoked_at')
      .update({ revoked_at: this.#now().getTime() })
  }

  async #insert(
    trx: Trx,
    row: Pick<InvitationRow, 'kind' | 'email' | 'role' | 'locale'> & Partial<InvitationRow>
  ): Promise<void> {
    const id = randomUUID()
    const now = this.#now().getTime()
    const times = { made_at: now, sent_at: now, expires_at: now + VALID[row.kind] }
    await trx
      .insertQuery()
      .table('invitations')
      .insert({ id, token_hash: hashOf(newToken()), ...row, ...times })
    await this.#send(trx, { ...row, id })
  }

  /** Gives it another token, which stands in the letter and nowhere else. */
  async #send(trx: Trx, { id, kind }: Pick<InvitationRow, 'id' | 'kind'>): Promise<void> {
    const { places, post } = this.#options
    const token = newToken()
    const now = this.#now().getTime()
    await trx
      .from('invitations')
      .where('id', id)
      .update({ token_hash: hashOf(token), sent_at: now, expires_at: now + VALID[kind] })
    const row: InvitationRow = await invitations(trx).where('invitations.id', id).firstOrFail()
    const one = fromRow(row, now)
    const letter =
      kind === 'staff'
        ? signUpLetter(one, `${places.appUrl}/registrieren/${token}`)
        : invitationLetter(one, `${places.appUrl}/einladung/${token}`, places)
    await post.post(trx, { kind: 'invitation', to: one.email, ...letter })
  }

  async #tellAdded(
    trx: Trx,
    person: Person,
    added: Parameters<typeof addedLetter>[1]
  ): Promise<void> {
    if (person.disabledAt) return
    const letter = addedLetter(person.locale ?? this.#options.locale, added, this.#options.places)
    await this.#options.post.post(trx, { kind: 'vault_shared', to: person.email, ...letter })
  }

  async #tellOwner(trx: Trx, { vault, viewer }: Access, guest: string, why: string) {
    const { directory, locale, places, post } = this.#options
    if (vault.ownerId === null) return
    const owner = await directory.person(vault.ownerId, trx)
    if (owner.disabledAt) return
    const told = { administrator: viewer.name, guest, vault, why }
    const letter = ownerToldLetter(owner.locale ?? locale, told, places)
    await post.post(trx, { kind: 'vault_opened', to: owner.email, ...letter })
  }

  /** An administrator who is not the owner opens somebody's vault: he says why. */
  #reasonOf(access: Access, why = ''): string | null {
    if (access.role !== 'administrator') return null
    const reason = why.trim()
    if (reason.length < 3) {
      throw new PermanentError('E_REASON_MISSING', 'To let somebody into a vault needs a reason')
    }
    return reason
  }

  #assertManages(access: Access) {
    if (this.#options.vaults.may(access, 'manage')) return
    throw new Refused('E_ROLE', `A ${access.role} does not manage vault ${access.vault.number}`, {
      facts: { role: access.role, right: 'manage' },
    })
  }

  async #assertNotTooMany(trx: Trx, inviter: number): Promise<void> {
    const [row] = (await trx
      .from('invitations')
      .where('invited_by', inviter)
      .where('made_at', '>', this.#now().getTime() - DAY)
      .count('* as total')) as { total: number | string }[]
    if (Number(row?.total ?? 0) < PER_DAY) return
    throw new Refused('E_TOO_MANY', `Account ${inviter} sent ${PER_DAY} invitations today`)
  }

  /** Sending anew, and adding who was removed just now, are letters too. */
  async #assertFewLetters(trx: Trx, access: Access): Promise<void> {
    const since = new Date(this.#now().getTime() - DAY)
    if ((await this.#options.vaults.admissions.invitedSince(trx, access, since)) < PER_DAY) return
    throw new Refused('E_TOO_MANY', `Account ${access.viewer.id} sent ${PER_DAY} letters today`)
  }

  async #record(trx: Trx, detail: Record<string, Json>): Promise<void> {
    await this.#options.ledger.append(trx, [
      { type: 'configured', number: null, original: null, detail },
    ])
  }
}

const noInvitation = () =>
  new NotFound('E_NO_INVITATION', 'There is no such invitation, or not for whoever asks')

const over = (state: string) =>
  new Refused('E_INVITATION_OVER', `This invitation is ${state}`, { facts: { state } })

function assertOpen({ state }: Invitation) {
  if (state !== 'open') throw over(state)
}

function checkedWords(words = ''): string | null {
  const text = words.trim()
  if (text.length > LONGEST_WORDS) {
    throw new PermanentError('E_WORDS', `A letter has room for ${LONGEST_WORDS} characters`)
  }
  return text === '' ? null : text
}
