/**
 * People: who has an account, with which role, whose mailbox is whose, and which mail domains are the firm's.
 *
 * The first administrator comes in by a one-time link that the server prints at its start while there is none; he also
 * names the firm's domain. Everybody else is created by him or on the command line. People sign in with their address
 * or with a user name of their own. Staff and administrators whose address lies in a domain of the firm get it as a
 * mailbox, and with it the archived mail of that address; an address that once was somebody's is given to nobody
 * without a decision.
 *
 * Behind the door, a class each: `Accounts` (who there is), `Directory` and `HouseRules` (what administrators do),
 * `Profile` (what people do themselves), `Sessions`, `Devices`, `SecondFactors`, `Passkeys`, `PasswordResets` (how they
 * come in), `OwnerNotices` (what an account's owner is told by mail).
 *
 * Invariants:
 * - addresses and domains are stored in one form (address.ts), so that equal means equal;
 * - passwords have at least 12 characters, are not common ones, and are kept as slow hashes; tokens, recovery codes and
 *   numbers of sessions as fast ones, secrets of one-time passwords sealed;
 * - what lets in once is good once, also for two at the same moment;
 * - each change is one transaction with its ledger entry, type `configured`; names and addresses stand in the erasable
 *   detail only.
 *
 * What it refuses to do: tell whether an address has an account (a wrong password and an unknown address get the same
 * answer after the same work); open the set-up once there is an administrator; count attempts, which is done where
 * requests arrive.
 */
import { randomBytes } from 'node:crypto'
import type { Database } from '@adonisjs/lucid/database'
import { NotFound, PermanentError, Refused } from '#errors'
import type { Json, Ledger, LedgerEvent } from '#ledger'
import { transaction, type Trx } from '#transaction'
import { domainOf, normalAddress, normalDomain } from './address.ts'
import { Domains } from './domains.ts'
import { byLogin, looseAddress, subjectOf } from './login.ts'
import { assertPassword, normalPassword, type Hash } from './password.ts'
import {
  ACCOUNT_COLUMNS,
  accountFromRow,
  claimMailbox,
  claimMailboxes,
  insertAccount,
  ownsMail,
  normalFullName,
  ROLES,
  type Account,
  type AccountRow,
  type Entrant,
  type Language,
  mailboxFromRow,
  type Mailbox,
  type MailboxRow,
  type Role,
} from './people.ts'
import { openSetupLink, replaceSetupLink } from './setup_links.ts'
import { normalUsername } from './username.ts'

export { normalAddress, normalDomain } from './address.ts'
export {
  assertPassword,
  generatePassword,
  PASSWORD_LENGTH,
  type Hash,
  type PasswordOwner,
} from './password.ts'
export { LANGUAGES, ROLES, type Account, type Language, type Mailbox, type Role } from './people.ts'
export { deviceInWords } from './device.ts'
export { DEVICE_DAYS, Devices } from './devices.ts'
export { OwnerNotices } from './owner_notices.ts'
export { Passkeys, type OwnPasskey } from './passkeys.ts'
export { PasswordResets } from './password_resets.ts'
export { Profile, type ProfileChanges } from './profile.ts'
export { SecondFactors, type OwnFactors, type Seal } from './second_factors.ts'
export {
  REMEMBERED_SECONDS,
  sessionKey,
  Sessions,
  type OwnSession,
  type SessionContent,
  type Visit,
} from './sessions.ts'
export { normalUsername } from './username.ts'
export { Directory, type OwnMailbox, type PeopleFilter, type Person } from './directory.ts'
export { HouseRules, LARGEST_QUOTA, VAULT_OPENERS, type VaultOpeners } from './house_rules.ts'

export interface AccountsOptions {
  db: Database
  hash: Hash
  ledger: Ledger
  now?: () => Date
}

export interface NewAccount {
  email: string
  username?: string | null
  locale?: Language | null
  fullName: string
  role: Role
  password: string
}

/** An account that was just made. */
export interface Entered {
  account: Account
  /** Whether it got its address as a mailbox. */
  hasMailbox: boolean
  /** What the ledger is told of it. */
  event: LedgerEvent
}

/** Who changes something: an account's id, or the person at the server's command line. */
export type Actor = number | 'command line' | 'configuration'

export class Accounts {
  readonly #db: Database
  readonly #hash: Hash
  readonly #ledger: Ledger
  readonly #now: () => Date
  readonly #domains: Domains
  #decoy: Promise<string> | undefined

  constructor({ db, hash, ledger, now = () => new Date() }: AccountsOptions) {
    this.#db = db
    this.#hash = hash
    this.#ledger = ledger
    this.#now = now
    this.#domains = new Domains(db, now)
  }

  /**
   * A token for the set-up page while there is no administrator, else null. Good once and for 24 hours; a new one ends
   * the one before.
   */
  async createSetupLink(): Promise<string | null> {
    return transaction(this.#db, async (trx) => {
      if (await hasAdministrator(trx)) return null
      return replaceSetupLink(trx, this.#now())
    })
  }

  /** Whether the set-up page opens with this token. Changes nothing. */
  async isSetupOpen(token: string): Promise<boolean> {
    if (await hasAdministrator(this.#db)) return false
    return Boolean(await openSetupLink(this.#db, token, this.#now()).first())
  }

  /**
   * Makes the first administrator and, where it is given, the firm's domain.
   *
   * @throws NotFound `E_SETUP` the token is unknown, old or used, or there is an administrator
   * @throws PermanentError `E_ADDRESS`, `E_USERNAME`, `E_NAME`, `E_DOMAIN`, and those of `assertPassword`
   */
  async redeemSetup(
    token: string,
    { domain, ...person }: Omit<NewAccount, 'role'> & { domain?: string }
  ): Promise<Account> {
    if (!(await this.isSetupOpen(token))) throw setupClosed()
    const name = domain === undefined ? undefined : normalDomain(domain)
    const entrant = await this.prepare({ ...person, role: 'administrator' })
    const account = await transaction(this.#db, async (trx) => {
      const used = await openSetupLink(trx, token, this.#now()).delete()
      if (Number(used) === 0 || (await hasAdministrator(trx))) throw setupClosed()
      const isNew = name !== undefined && (await this.#domains.insert(trx, name))
      const { account: made, event } = await this.enter(trx, entrant)
      const domains = isNew ? [configured(domainEvent(name, made.id))] : []
      await this.#ledger.append(trx, [event, ...domains])
      return made
    })
    this.#domains.forget()
    return account
  }

  /**
   * @throws PermanentError `E_ADDRESS`, `E_USERNAME`, `E_NAME`, `E_ROLE`, and those of `assertPassword`
   * @throws Refused `E_EMAIL_TAKEN`, `E_USERNAME_TAKEN`
   */
  async createUser(person: NewAccount, by: Actor): Promise<Account & { hasMailbox: boolean }> {
    const entrant = await this.prepare(person)
    return transaction(this.#db, async (trx) => {
      const { account, hasMailbox, event } = await this.enter(trx, entrant, by)
      await this.#ledger.append(trx, [event])
      return { ...account, hasMailbox }
    })
  }

  /**
   * Makes an account in the caller's transaction, which appends `event` at its end. Staff get their address as a mailbox where it is the
   * firm's and was nobody's.
   *
   * @param by whoever makes it; the person himself when left out
   * @throws Refused `E_EMAIL_TAKEN`, `E_USERNAME_TAKEN`
   */
  async enter(trx: Trx, entrant: Entrant, by?: Actor): Promise<Entered> {
    const account = await insertAccount(trx, entrant, this.#now())
    const hasMailbox =
      ownsMail(account.role) &&
      (await isDomain(trx, domainOf(account.email))) &&
      (await claimMailbox(trx, account))
    const detail = accountEvent(account, by ?? account.id, { mailbox: hasMailbox })
    return { account, hasMailbox, event: configured(detail) }
  }

  /**
   * The account that this address or user name and this password belong to, or null. Unknown, wrong, disabled: the same
   * answer after the same work.
   */
  async authenticate(login: string, password: string): Promise<Account | null> {
    const row: (AccountRow & { password: string }) | null = await this.#db
      .from('users')
      .where(...byLogin(login))
      .whereNull('disabled_at')
      .select(...ACCOUNT_COLUMNS, 'password')
      .first()
    // Made once, and awaited before known and unknown addresses part ways.
    this.#decoy ??= this.#hash.make(randomBytes(16).toString('hex'))
    const decoy = await this.#decoy
    const fits = await this.#hash.verify(row?.password ?? decoy, normalPassword(password))
    if (!row || !fits) return null
    return accountFromRow(row)
  }

  /** What attempts at an address or user name are counted under. It says nothing about whether there is an account. */
  async subjectOf(login: string): Promise<string> {
    return subjectOf(this.#db, login)
  }

  /** An account whose owner may sign in, or null. */
  async active(id: number): Promise<Account | null> {
    const row: AccountRow | null = await this.#db
      .from('users')
      .where('id', id)
      .whereNull('disabled_at')
      .select(...ACCOUNT_COLUMNS)
      .first()
    return row && accountFromRow(row)
  }

  /** The firm's mail domains in ASCII, in the order in which they were added. */
  async domains(): Promise<string[]> {
    return this.#domains.list()
  }

  /** Whether a domain, or the domain of an address, is the firm's. */
  async isLocal(domainOrAddress: string): Promise<boolean> {
    try {
      const domain = normalDomain(domainOf(domainOrAddress))
      const domains = await this.#domains.list()
      return domains.includes(domain)
    } catch (error) {
      if (error instanceof PermanentError) return false
      throw error
    }
  }

  /**
   * Staff who have an account with an address in it already get that as their mailbox.
   *
   * @returns whether it was new
   * @throws PermanentError `E_DOMAIN`
   */
  async addDomain(domain: string, by: Actor): Promise<boolean> {
    return (await this.#addDomains([domain], by)) > 0
  }

  /**
   * Takes a domain out of the firm's: its mail is a stranger's from now on. Accounts and mailboxes in it stay.
   *
   * @throws NotFound `E_NO_DOMAIN`; Refused `E_LAST_DOMAIN`
   */
  async removeDomain(domain: string, by: Actor): Promise<void> {
    const name = normalDomain(domain)
    await transaction(this.#db, async (trx) => {
      const rows: { name: string }[] = await trx.from('domains').select('name').forUpdate()
      if (!rows.some((row) => row.name === name)) {
        throw new NotFound('E_NO_DOMAIN', `${name} is no domain of the firm`)
      }
      if (rows.length === 1) {
        throw new Refused('E_LAST_DOMAIN', 'Without a domain no mail is accepted')
      }
      await trx.from('domains').where('name', name).delete()
      await this.#record(trx, [{ what: 'domain removed', domain: name, by }])
    })
    this.#domains.forget()
  }

  /** Adds what `LOCAL_DOMAINS` names and the table has not. Never removes any. */
  async seedDomains(list: readonly string[]): Promise<void> {
    const known = await this.#domains.list()
    const missing = list.map(normalDomain).filter((name) => !known.includes(name))
    if (missing.length > 0) await this.#addDomains(missing, 'configuration')
  }

  /** The addresses whose archived mail an account may see, each within its time. */
  async mailboxesOf(userId: number): Promise<Mailbox[]> {
    const rows: MailboxRow[] = await this.#db
      .from('mailboxes')
      .where('user_id', userId)
      .select('address', 'from_at', 'until_at')
      .orderBy('id')
    return rows.map(mailboxFromRow)
  }

  /** Whether an address belongs to an account now. */
  async ownsMailbox(userId: number, address: string): Promise<boolean> {
    const now = this.#now()
    const wanted = looseAddress(address)
    const mailboxes = await this.mailboxesOf(userId)
    return mailboxes.some(
      (own) =>
        own.address === wanted && own.fromAt <= now && (own.untilAt === null || own.untilAt > now)
    )
  }

  /**
   * Checks a new account as far as that needs no transaction, and hashes, which takes a tenth of a second.
   *
   * @throws PermanentError `E_ADDRESS`, `E_USERNAME`, `E_NAME`, `E_ROLE`, and those of `assertPassword`
   */
  async prepare(person: NewAccount): Promise<Entrant> {
    const { fullName, role, password, locale = null } = person
    const name = normalFullName(fullName)
    if (!ROLES.includes(role)) {
      throw new PermanentError('E_ROLE', `${role} is not one of ${ROLES.join(', ')}`)
    }
    const email = normalAddress(person.email)
    const username = person.username ? normalUsername(person.username) : null
    await assertPassword(password, { email, username, fullName: name })
    return {
      email,
      username,
      fullName: name,
      role,
      locale,
      password: await this.#hash.make(normalPassword(password)),
    }
  }

  async #addDomains(list: readonly string[], by: Actor): Promise<number> {
    const names = [...new Set(list.map(normalDomain))]
    const added = await transaction(this.#db, async (trx) => {
      const events: Configured[] = []
      for (const name of names) {
        if (!(await this.#domains.insert(trx, name))) continue
        const mailboxes = await claimMailboxes(trx, name)
        events.push({ ...domainEvent(name, by), mailboxes })
      }
      await this.#record(trx, events)
      return events.length
    })
    this.#domains.forget()
    return added
  }

  async #record(trx: Trx, details: Configured[]): Promise<void> {
    await this.#ledger.append(trx, details.map(configured))
  }
}

type Configured = Record<string, Json>

const configured = (detail: Configured): LedgerEvent => ({
  type: 'configured',
  number: null,
  original: null,
  detail,
})

const accountEvent = (account: Account, by: Actor, more?: Configured): Configured => ({
  what: 'account created',
  account: account.id,
  role: account.role,
  email: account.email,
  ...(account.username ? { username: account.username } : {}),
  name: account.fullName,
  by,
  ...more,
})

const domainEvent = (domain: string, by: Actor): Configured => ({
  what: 'domain added',
  domain,
  by,
})

const setupClosed = () =>
  new NotFound('E_SETUP', 'This set-up link is unknown, used or older than a day')

async function hasAdministrator(db: Pick<Trx, 'from'>): Promise<boolean> {
  return Boolean(await db.from('users').where('role', 'administrator').first())
}

async function isDomain(trx: Trx, name: string): Promise<boolean> {
  return Boolean(await trx.from('domains').where('name', name).first())
}
