import type { Database } from '@adonisjs/lucid/database'
import { PermanentError } from '#errors'
import type { Json, Ledger } from '#ledger'
import { transaction } from '#transaction'
import { byLogin } from './login.ts'
import type { OwnerNotices } from './owner_notices.ts'
import { assertPassword, normalPassword, type Hash } from './password.ts'
import {
  ACCOUNT_COLUMNS,
  accountFromRow,
  LANGUAGES,
  nameColumns,
  normalFullName,
  usernameTaken,
  type Account,
  type AccountRow,
  type Language,
} from './people.ts'
import { record } from './record.ts'
import type { Sessions, Visit } from './sessions.ts'
import { normalUsername } from './username.ts'

export interface ProfileOptions {
  db: Database
  hash: Hash
  ledger: Ledger
  notices: OwnerNotices
  sessions: Sessions
  now?: () => Date
}

export interface ProfileChanges {
  fullName: string
  username: string | null
  locale: Language | null
}

/** What people change about their own account: name, user name, language, password. Address and role are an administrator's to change. */
export class Profile {
  readonly #options: ProfileOptions
  readonly #db: Database

  constructor(options: ProfileOptions) {
    this.#options = options
    this.#db = options.db
  }

  async of(accountId: number): Promise<Account> {
    return accountFromRow(await this.#row(accountId))
  }

  /** The account with this address or user name. For people at the server: pages tell nobody who has one. */
  async find(login: string): Promise<Account | null> {
    const row: AccountRow | null = await this.#db
      .from('users')
      .where(...byLogin(login))
      .select(...ACCOUNT_COLUMNS)
      .first()
    return row && accountFromRow(row)
  }

  /**
   * @returns whether anything changed
   * @throws PermanentError `E_NAME`, `E_USERNAME`, `E_LANGUAGE`; Refused `E_USERNAME_TAKEN`
   */
  async change(accountId: number, wanted: ProfileChanges): Promise<boolean> {
    const { locale } = wanted
    if (locale !== null && !LANGUAGES.includes(locale)) {
      throw new PermanentError(
        'E_LANGUAGE',
        `${String(locale)} is not one of ${LANGUAGES.join(', ')}`
      )
    }
    const username = wanted.username ? normalUsername(wanted.username) : null
    return this.#write(accountId, {
      full_name: normalFullName(wanted.fullName),
      username,
      locale,
    })
  }

  /** Whether this is the account's password; for asking again before something that matters. */
  async isPassword(accountId: number, password: string): Promise<boolean> {
    const row = await this.#row(accountId)
    return this.#options.hash.verify(row.password, normalPassword(password))
  }

  /**
   * Ends all sessions but the one named.
   *
   * @throws PermanentError `E_OLD_PASSWORD`, and those of `assertPassword`
   */
  async changePassword(
    accountId: number,
    { old, wanted, keep }: { old: string; wanted: string; keep: string },
    visit: Visit
  ): Promise<void> {
    const { hash, ledger, notices, sessions } = this.#options
    const row = await this.#row(accountId)
    if (!(await hash.verify(row.password, normalPassword(old)))) {
      throw new PermanentError('E_OLD_PASSWORD', 'The old password is wrong')
    }
    await assertPassword(wanted, accountFromRow(row))
    const password = await hash.make(normalPassword(wanted))
    await transaction(this.#db, async (trx) => {
      await trx.from('users').where('id', accountId).update({ password })
      await trx.from('password_resets').where('account_id', accountId).delete()
      const ended = await sessions.end(trx, accountId, keep)
      await notices.tell(trx, accountId, { what: 'password_changed' }, visit)
      const detail = {
        what: 'password changed',
        account: accountId,
        sessions: ended,
        by: accountId,
      }
      await record(ledger, trx, detail)
    })
  }

  async #write(accountId: number, next: Record<string, string | null>): Promise<boolean> {
    return transaction(this.#db, async (trx) => {
      const before: Record<string, Json> = await trx
        .from('users')
        .where('id', accountId)
        .forUpdate()
        .firstOrFail()
      const changed = Object.keys(next).filter((name) => before[name] !== next[name])
      if (changed.length === 0) return false
      const taken =
        next.username &&
        (await trx.from('users').where('username', next.username).whereNot('id', accountId).first())
      if (taken) throw usernameTaken(next.username!)
      const named = next.full_name ? nameColumns(next.full_name) : {}
      await trx
        .from('users')
        .where('id', accountId)
        .update({ ...next, ...named })
      const from = Object.fromEntries(changed.map((name) => [name, before[name]!]))
      const to = Object.fromEntries(changed.map((name) => [name, next[name]!]))
      const detail = { what: 'profile changed', account: accountId, from, to, by: accountId }
      await record(this.#options.ledger, trx, detail)
      return true
    })
  }

  async #row(accountId: number): Promise<AccountRow & { password: string }> {
    return this.#db
      .from('users')
      .where('id', accountId)
      .select(...ACCOUNT_COLUMNS, 'password')
      .firstOrFail()
  }
}
