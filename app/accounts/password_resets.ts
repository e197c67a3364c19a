import { createHash, randomBytes } from 'node:crypto'
import type { Database } from '@adonisjs/lucid/database'
import { NotFound } from '#errors'
import type { Ledger } from '#ledger'
import { transaction } from '#transaction'
import { byLogin } from './login.ts'
import type { OwnerNotices } from './owner_notices.ts'
import { assertPassword, normalPassword, type Hash } from './password.ts'
import { ACCOUNT_COLUMNS, accountFromRow, type Account, type AccountRow } from './people.ts'
import { record } from './record.ts'
import type { Sessions, Visit } from './sessions.ts'

/** One hour, in milliseconds. */
const VALID = 60 * 60 * 1000

/** Requests in one sweep at most: the next one comes soon. */
const SWEEP_SIZE = 500

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

export interface PasswordResetsOptions {
  db: Database
  hash: Hash
  ledger: Ledger
  notices: OwnerNotices
  sessions: Sessions
  now?: () => Date
}

/**
 * A new password for who has forgotten the old one: by a link to the account's address, good once and for an hour; a newer one
 * ends it. It ends all sessions and signs nobody in, so a second factor is asked as ever.
 */
export class PasswordResets {
  readonly #options: PasswordResetsOptions
  readonly #db: Database
  readonly #now: () => Date

  constructor(options: PasswordResetsOptions) {
    this.#options = options
    this.#db = options.db
    this.#now = options.now ?? (() => new Date())
  }

  /**
   * Writes down that a link was asked for: the same work whoever was named. `answer` takes longer where it is somebody, so it comes
   * after the page has answered; what a crash left is answered by the sweep.
   *
   * @returns id of the request
   */
  async request(login: string, { agent, network }: Visit): Promise<number> {
    return transaction(this.#db, async (trx) => {
      const asked = { login: login.replaceAll('\0', ''), agent, network }
      const [row] = (await trx
        .insertQuery()
        .table('password_reset_requests')
        .returning('id')
        .insert(asked)) as (number | { id: number })[]
      return typeof row === 'object' ? row.id : row!
    })
  }

  /** Sends the link to whom the address or user name belongs, once; nothing where it belongs to nobody. */
  async answer(id: number): Promise<void> {
    const token = randomBytes(32).toString('base64url')
    await transaction(this.#db, async (trx) => {
      const asked: (Visit & { login: string }) | null = await trx
        .from('password_reset_requests')
        .where({ id })
        .forUpdate()
        .first()
      if (!asked) return
      await trx.from('password_reset_requests').where({ id }).delete()
      const { login, agent, network } = asked
      const row: { id: number } | null = await trx
        .from('users')
        .where(...byLogin(login))
        .whereNull('disabled_at')
        .select('id')
        .first()
      if (!row) return
      const now = this.#now().getTime()
      await trx
        .from('password_resets')
        .where('account_id', row.id)
        .orWhere('expires_at', '<=', now)
        .delete()
      await trx
        .insertQuery()
        .table('password_resets')
        .insert({
          token_hash: hashOf(token),
          account_id: row.id,
          expires_at: now + VALID,
        })
      const { notices } = this.#options
      const url = `${notices.appUrl}/passwort/${token}`
      await notices.tell(trx, row.id, { what: 'reset_requested', url }, { agent, network })
    })
  }

  /** Answers what nobody answered: the process that was asked did not live to. */
  async sweep(): Promise<void> {
    const rows: { id: number }[] = await this.#db
      .from('password_reset_requests')
      .orderBy('id')
      .limit(SWEEP_SIZE)
      .select('id')
    for (const { id } of rows) await this.answer(id)
  }

  /** Whether the page of this token opens. Changes nothing. */
  async isOpen(token: string): Promise<boolean> {
    return (await this.#accountOf(token)) !== null
  }

  /**
   * @throws NotFound `E_RESET` the token is unknown, old or used; PermanentError as `assertPassword`: then it stays good
   */
  async redeem(token: string, password: string, visit: Visit): Promise<Account> {
    const account = await this.#accountOf(token)
    if (!account) throw closed()
    await assertPassword(password, account)
    const { hash, ledger, notices, sessions } = this.#options
    const hashed = await hash.make(normalPassword(password))
    await transaction(this.#db, async (trx) => {
      const used: unknown = await trx
        .from('password_resets')
        .where('token_hash', hashOf(token))
        .where('expires_at', '>', this.#now().getTime())
        .delete()
      if (Number(used) === 0) throw closed()
      await trx.from('users').where('id', account.id).update({ password: hashed })
      const ended = await sessions.end(trx, account.id)
      await notices.tell(trx, account.id, { what: 'password_changed' }, visit)
      const detail = {
        what: 'password reset',
        account: account.id,
        sessions: ended,
        by: account.id,
      }
      await record(ledger, trx, detail)
    })
    return account
  }

  async #accountOf(token: string): Promise<Account | null> {
    const row: AccountRow | null = await this.#db
      .from('users')
      .whereNull('disabled_at')
      .whereIn(
        'id',
        this.#db
          .from('password_resets')
          .where('token_hash', hashOf(token))
          .where('expires_at', '>', this.#now().getTime())
          .select('account_id')
      )
      .select(...ACCOUNT_COLUMNS)
      .first()
    return row && accountFromRow(row)
  }
}

const closed = () =>
  new NotFound('E_RESET', 'This link for a new password is unknown, used or older than an hour')
