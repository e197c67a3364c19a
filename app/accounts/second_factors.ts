import type { Database } from '@adonisjs/lucid/database'
import { IntegrityError, PermanentError, Refused } from '#errors'
import type { Ledger } from '#ledger'
import { transaction, type Trx } from '#transaction'
import { enrolment, newSecret, stepOf, type Enrolment } from './one_time_password.ts'
import type { OwnerNotices } from './owner_notices.ts'
import { ROLES, type Account, type Role } from './people.ts'
import { record } from './record.ts'
import {
  countRecoveryCodes,
  looksLikeRecoveryCode,
  replaceRecoveryCodes,
  useRecoveryCode,
} from './recovery_codes.ts'
import type { Actor } from './main.ts'
import type { Visit } from './sessions.ts'

const REQUIRED = 'required_second_factor'

/** How long the list of roles stays good, in milliseconds: another process may change it. */
const FRESH = 5_000

/** Encrypts what must be read again; `open` gives null for what another key has sealed. */
export interface Seal {
  seal(text: string): string
  open(sealed: string): string | null
}

export interface SecondFactorsOptions {
  db: Database
  ledger: Ledger
  notices: OwnerNotices
  seal: Seal
  now?: () => Date
}

export interface OwnFactors {
  oneTimePassword: { addedAt: Date } | null
  passkeys: number
  /** Recovery codes that are left. */
  codes: number
}

/**
 * Second factors of an account: one-time passwords (RFC 6238), passkeys (passkeys.ts), and ten recovery codes that come with the
 * first of them and go with the last. Who has one is asked for it after the password.
 *
 * A one-time password is good once, also for two who send it at the same moment: the step of its time is noted, and none that
 * is not later is taken again. Secrets are encrypted in the table.
 */
export class SecondFactors {
  readonly #db: Database
  readonly #ledger: Ledger
  readonly #notices: OwnerNotices
  readonly #seal: Seal
  readonly #now: () => Date
  #required: { roles: Role[]; at: number } | undefined

  constructor(options: SecondFactorsOptions) {
    this.#db = options.db
    this.#ledger = options.ledger
    this.#notices = options.notices
    this.#seal = options.seal
    this.#now = options.now ?? (() => new Date())
  }

  /** Whether a second factor is asked after the password. */
  async has(accountId: number): Promise<boolean> {
    return (await countFactors(this.#db, accountId)) > 0
  }

  async of(accountId: number): Promise<OwnFactors> {
    const row: { added_at: number } | null = await this.#db
      .from('one_time_passwords')
      .where('account_id', accountId)
      .first()
    return {
      oneTimePassword: row ? { addedAt: new Date(row.added_at) } : null,
      passkeys: (await countFactors(this.#db, accountId)) - (row ? 1 : 0),
      codes: await countRecoveryCodes(this.#db, accountId),
    }
  }

  /** A secret for a new authenticator app, sealed: it waits so for the code that confirms it. */
  propose(): string {
    return this.#seal.seal(newSecret())
  }

  /** What the app is shown. @throws PermanentError `E_PROPOSAL` when it was not sealed here */
  async show(account: Account, proposal: string): Promise<Enrolment> {
    return enrolment(this.#opened(proposal), account.email)
  }

  /**
   * Turns one-time passwords on, once a code shows that the app has the secret.
   *
   * @returns the recovery codes where it is the first factor, else null
   * @throws PermanentError `E_CODE`, `E_PROPOSAL`; Refused `E_FACTOR_EXISTS`
   */
  async addOneTimePassword(
    account: Account,
    proposal: string,
    code: string,
    visit: Visit
  ): Promise<string[] | null> {
    const step = stepOf(this.#opened(proposal), code, this.#now())
    if (step === null) throw new PermanentError('E_CODE', 'The code does not fit')
    return transaction(this.#db, async (trx) => {
      await lockAccount(trx, account.id)
      const known = await trx.from('one_time_passwords').where('account_id', account.id).first()
      if (known) throw new Refused('E_FACTOR_EXISTS', 'There is a one-time password already')
      const isFirst = (await countFactors(trx, account.id)) === 0
      await trx.insertQuery().table('one_time_passwords').insert({
        account_id: account.id,
        sealed_secret: proposal,
        last_step: step,
        added_at: this.#now().getTime(),
      })
      const codes = isFirst ? await replaceRecoveryCodes(trx, account.id) : null
      const occasion = { what: 'factor_added', factor: 'one_time_password' } as const
      await this.#notices.tell(trx, account.id, occasion, visit)
      const detail = { what: 'one-time password added', account: account.id, by: account.id }
      await record(this.#ledger, trx, detail)
      return codes
    })
  }

  /** @throws Refused `E_FACTOR_REQUIRED` when the role needs a factor and this is the last */
  async removeOneTimePassword(account: Account, visit: Visit): Promise<void> {
    const required = await this.isRequired(account.role)
    await transaction(this.#db, async (trx) => {
      await lockAccount(trx, account.id)
      const removed: unknown = await trx
        .from('one_time_passwords')
        .where('account_id', account.id)
        .delete()
      if (Number(removed) === 0) return
      await settleRest(trx, account.id, required)
      const occasion = { what: 'factor_removed', factor: 'one_time_password' } as const
      await this.#notices.tell(trx, account.id, occasion, visit)
      const detail = { what: 'one-time password removed', account: account.id, by: account.id }
      await record(this.#ledger, trx, detail)
    })
  }

  /**
   * Takes a one-time password or a recovery code. Either is good once.
   *
   * @throws IntegrityError `E_SEALED` when the secret was sealed under another `APP_KEY`
   */
  async verify(accountId: number, code: string, visit: Visit): Promise<boolean> {
    if (looksLikeRecoveryCode(code)) return this.#useRecoveryCode(accountId, code, visit)
    const row: { sealed_secret: string } | null = await this.#db
      .from('one_time_passwords')
      .where('account_id', accountId)
      .first()
    if (!row) return false
    const secret = this.#seal.open(row.sealed_secret)
    if (secret === null) {
      throw new IntegrityError(
        'E_SEALED',
        'The secrets of one-time passwords were sealed under another APP_KEY: bring it back, or reset the second factors'
      )
    }
    const step = stepOf(secret, code, this.#now())
    if (step === null) return false
    return transaction(this.#db, async (trx) => {
      const taken: unknown = await trx
        .from('one_time_passwords')
        .where({ account_id: accountId, sealed_secret: row.sealed_secret })
        .where('last_step', '<', step)
        .update({ last_step: step })
      return Number(taken) === 1
    })
  }

  /** Ten new recovery codes; the old ones no longer work. @throws Refused `E_NO_FACTOR` */
  async renewCodes(account: Account, visit: Visit): Promise<string[]> {
    return transaction(this.#db, async (trx) => {
      await lockAccount(trx, account.id)
      if ((await countFactors(trx, account.id)) === 0) {
        throw new Refused('E_NO_FACTOR', 'Recovery codes come with a second factor')
      }
      const codes = await replaceRecoveryCodes(trx, account.id)
      await this.#notices.tell(trx, account.id, { what: 'codes_renewed' }, visit)
      const detail = { what: 'recovery codes renewed', account: account.id, by: account.id }
      await record(this.#ledger, trx, detail)
      return codes
    })
  }

  /**
   * Takes all factors away from somebody who has lost them, ends all his sessions, and tells him.
   *
   * @param why for the ledger
   * @returns whether there were any
   */
  async reset(accountId: number, by: Actor, why?: string): Promise<boolean> {
    return transaction(this.#db, async (trx) => {
      await lockAccount(trx, accountId)
      if ((await countFactors(trx, accountId)) === 0) return false
      for (const table of ['one_time_passwords', 'passkeys', 'recovery_codes']) {
        await trx.from(table).where('account_id', accountId).delete()
      }
      await trx.from('sessions').where('account_id', accountId).delete()
      await this.#notices.tell(trx, accountId, { what: 'factors_reset' }, null)
      const detail = { what: 'second factors reset', account: accountId, by }
      await record(this.#ledger, trx, { ...detail, ...(why ? { why } : {}) })
      return true
    })
  }

  /** Roles whose people get nowhere without a second factor. */
  async requiredFactors(): Promise<Role[]> {
    const at = this.#now().getTime()
    if (this.#required && Math.abs(at - this.#required.at) < FRESH) return this.#required.roles
    this.#required = { roles: await readRequired(this.#db), at }
    return this.#required.roles
  }

  async isRequired(role: Role): Promise<boolean> {
    return (await this.requiredFactors()).includes(role)
  }

  /** Whether somebody's role needs a second factor and he has none. */
  async isMissing({ id, role }: { id: number; role: string }): Promise<boolean> {
    return (await this.isRequired(role as Role)) && !(await this.has(id))
  }

  /** @returns whether that changed anything */
  async requireFactor(role: Role, on: boolean, by: Actor): Promise<boolean> {
    const changed = await transaction(this.#db, async (trx) => {
      const roles = await readRequired(trx)
      if (roles.includes(role) === on) return false
      const value = ROLES.filter((one) => (one === role ? on : roles.includes(one))).join(' ')
      await trx.from('settings').where('key', REQUIRED).delete()
      await trx.insertQuery().table('settings').insert({ key: REQUIRED, value })
      await record(this.#ledger, trx, { what: 'second factor required', role, value: on, by })
      return true
    })
    this.#required = undefined
    return changed
  }

  async #useRecoveryCode(accountId: number, code: string, visit: Visit): Promise<boolean> {
    return transaction(this.#db, async (trx) => {
      if (!(await useRecoveryCode(trx, accountId, code, this.#now()))) return false
      const left = await countRecoveryCodes(trx, accountId)
      await this.#notices.tell(trx, accountId, { what: 'code_used', left }, visit)
      const detail = { what: 'recovery code used', account: accountId, left, by: accountId }
      await record(this.#ledger, trx, detail)
      return true
    })
  }

  #opened(proposal: string): string {
    const secret = this.#seal.open(proposal)
    if (secret === null) throw new PermanentError('E_PROPOSAL', 'This secret was not made here')
    return secret
  }
}

async function readRequired(db: Database | Trx): Promise<Role[]> {
  const row: { value: string } | null = await db.from('settings').where('key', REQUIRED).first()
  const listed = row?.value.split(' ') ?? []
  return ROLES.filter((role) => listed.includes(role))
}

/** Two changes of one account's factors come one after the other: on PostgreSQL too. */
export async function lockAccount(trx: Trx, accountId: number): Promise<void> {
  await trx.from('users').where('id', accountId).select('id').forUpdate().firstOrFail()
}

export async function countFactors(db: Database | Trx, accountId: number): Promise<number> {
  let factors = 0
  for (const table of ['one_time_passwords', 'passkeys']) {
    const rows: { total: number | string }[] = await db
      .from(table)
      .where('account_id', accountId)
      .count('* as total')
    factors += Number(rows[0]?.total ?? 0)
  }
  return factors
}

/** After one was removed: the last takes the recovery codes with it, where it may go at all. @throws Refused `E_FACTOR_REQUIRED` */
export async function settleRest(trx: Trx, accountId: number, required: boolean): Promise<void> {
  if ((await countFactors(trx, accountId)) > 0) return
  if (required) throw new Refused('E_FACTOR_REQUIRED', 'This role needs a second factor')
  await trx.from('recovery_codes').where('account_id', accountId).delete()
}
