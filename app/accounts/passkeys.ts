import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import type { Database } from '@adonisjs/lucid/database'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { PermanentError, Refused } from '#errors'
import type { Ledger } from '#ledger'
import { statement, transaction } from '#transaction'
import type { OwnerNotices } from './owner_notices.ts'
import type { Account } from './people.ts'
import { record } from './record.ts'
import { replaceRecoveryCodes } from './recovery_codes.ts'
import { countFactors, lockAccount, settleRest, type SecondFactors } from './second_factors.ts'
import type { Visit } from './sessions.ts'

/** More than anybody has devices: the list goes to the browser with each request. */
const MOST = 20

/** EdDSA, ES256, RS256 (COSE): what every device of today has one of. */
const ALGORITHMS = [-8, -7, -257]

/** With its parsers of certificates it is the largest library of the pages, and most installations never use it. */
const webauthn = () => import('@simplewebauthn/server')

export interface PasskeysOptions {
  db: Database
  ledger: Ledger
  notices: OwnerNotices
  factors: SecondFactors
  /** Address of the pages: passkeys are bound to its host. */
  appUrl: string
  now?: () => Date
}

export interface OwnPasskey {
  id: number
  name: string
  addedAt: Date
  usedAt: Date | null
}

interface Row {
  id: number
  account_id: number
  credential_id: string
  public_key: string
  counter: number
  transports: string
  name: string
  added_at: number
  used_at: number | null
}

/**
 * Passkeys (W3C Web Authentication, level 3): a second factor after the password, and, where the device has verified its user, a
 * sign-in without one. They are bound to the host of `APP_URL`, so a forged page gets nothing. A challenge is good once; keeping
 * it for the browser that asked is the caller's part. A counter that does not rise betrays a copied device and is refused.
 */
export class Passkeys {
  readonly #options: PasskeysOptions
  readonly #db: Database
  readonly #now: () => Date
  readonly #origin: string
  readonly #host: string

  constructor(options: PasskeysOptions) {
    this.#options = options
    this.#db = options.db
    this.#now = options.now ?? (() => new Date())
    const { origin, hostname } = new URL(options.appUrl)
    this.#origin = origin
    this.#host = hostname
  }

  /** Browsers have passkeys for names under https and for this machine, not for IP addresses. */
  get areAvailable(): boolean {
    if (isIP(this.#host.replace(/^\[|\]$/g, ''))) return false
    return this.#origin.startsWith('https:') || this.#host === 'localhost'
  }

  async of(accountId: number): Promise<OwnPasskey[]> {
    const rows = await this.#rows(accountId)
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      addedAt: new Date(row.added_at),
      usedAt: row.used_at === null ? null : new Date(row.used_at),
    }))
  }

  /** What the browser needs to make a passkey. Its challenge belongs to this browser and to one attempt. */
  async registration(account: Account): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const rows = await this.#rows(account.id)
    const { generateRegistrationOptions } = await webauthn()
    return generateRegistrationOptions({
      rpName: 'Webtresor',
      rpID: this.#host,
      userID: handleOf(account.id),
      userName: account.email,
      userDisplayName: account.fullName,
      excludeCredentials: rows.map(descriptor),
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
      supportedAlgorithmIDs: ALGORITHMS,
    })
  }

  /**
   * @returns the recovery codes where it is the first factor, else null
   * @throws PermanentError `E_PASSKEY`, `E_PASSKEY_NAME`; Refused `E_PASSKEY_KNOWN`, `E_PASSKEYS_MANY`
   */
  async add(
    account: Account,
    name: string,
    response: unknown,
    challenge: string,
    visit: Visit
  ): Promise<string[] | null> {
    const label = checkedName(name)
    const { credential } = await this.#registered(response, challenge)
    return transaction(this.#db, async (trx) => {
      await lockAccount(trx, account.id)
      const known = await trx.from('passkeys').where('credential_id', credential.id).first()
      if (known) throw new Refused('E_PASSKEY_KNOWN', 'This passkey is registered already')
      const own: unknown[] = await trx.from('passkeys').where('account_id', account.id).select('id')
      if (own.length >= MOST) throw new Refused('E_PASSKEYS_MANY', `${MOST} passkeys are enough`)
      const isFirst = (await countFactors(trx, account.id)) === 0
      await trx
        .insertQuery()
        .table('passkeys')
        .insert({
          account_id: account.id,
          credential_id: credential.id,
          public_key: Buffer.from(credential.publicKey).toString('base64url'),
          counter: credential.counter,
          transports: (credential.transports ?? []).join(' ').slice(0, 200),
          name: label,
          added_at: this.#now().getTime(),
        })
      const codes = isFirst ? await replaceRecoveryCodes(trx, account.id) : null
      const { notices, ledger } = this.#options
      await notices.tell(trx, account.id, { what: 'factor_added', factor: 'passkey' }, visit)
      const detail = { what: 'passkey added', account: account.id, name: label, by: account.id }
      await record(ledger, trx, detail)
      return codes
    })
  }

  /** Gives one another name; nothing where it is not his. @throws PermanentError `E_PASSKEY_NAME` */
  async rename(account: Account, id: number, name: string): Promise<void> {
    const label = checkedName(name)
    await transaction(this.#db, async (trx) => {
      const own = { id, account_id: account.id }
      const row: Row | null = await trx.from('passkeys').where(own).forUpdate().first()
      if (!row || row.name === label) return
      await trx.from('passkeys').where(own).update({ name: label })
      const what = { what: 'passkey renamed', account: account.id, from: row.name, name: label }
      await record(this.#options.ledger, trx, { ...what, by: account.id })
    })
  }

  /** @throws Refused `E_FACTOR_REQUIRED` when the role needs a factor and this is the last */
  async remove(account: Account, id: number, visit: Visit): Promise<void> {
    const required = await this.#options.factors.isRequired(account.role)
    await transaction(this.#db, async (trx) => {
      await lockAccount(trx, account.id)
      const own = { id, account_id: account.id }
      const row: Row | null = await trx.from('passkeys').where(own).first()
      if (!row) return
      await trx.from('passkeys').where(own).delete()
      await settleRest(trx, account.id, required)
      const { notices, ledger } = this.#options
      await notices.tell(trx, account.id, { what: 'factor_removed', factor: 'passkey' }, visit)
      const detail = {
        what: 'passkey removed',
        account: account.id,
        name: row.name,
        by: account.id,
      }
      await record(ledger, trx, detail)
    })
  }

  /**
   * What the browser needs to use a passkey.
   *
   * @param accountId whose second factor it is; without, it is a sign-in of whoever has one, and the device verifies its user
   */
  async authentication(accountId?: number): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const rows = accountId === undefined ? [] : await this.#rows(accountId)
    const { generateAuthenticationOptions } = await webauthn()
    return generateAuthenticationOptions({
      rpID: this.#host,
      allowCredentials: rows.map(descriptor),
      userVerification: accountId === undefined ? 'required' : 'preferred',
    })
  }

  /**
   * Whose passkey has answered, or null when the answer does not fit, its owner is disabled, or another's than `accountId`.
   *
   * @param accountId as for `authentication`
   */
  async verify(response: unknown, challenge: string, accountId?: number): Promise<number | null> {
    const { id } = (response ?? {}) as Partial<AuthenticationResponseJSON>
    if (typeof id !== 'string') return null
    const row: Row | null = await this.#db
      .from('passkeys')
      .where('credential_id', id)
      .whereIn('account_id', this.#db.from('users').whereNull('disabled_at').select('id'))
      .first()
    if (!row || (accountId !== undefined && row.account_id !== accountId)) return null
    const counter = await this.#answered(row, response, challenge, accountId === undefined)
    if (counter === null) return null
    const used: unknown = await statement(() =>
      this.#db
        .from('passkeys')
        .where({ id: row.id, counter: row.counter })
        .update({ counter, used_at: this.#now().getTime() })
    )
    return Number(used) === 1 ? row.account_id : null
  }

  async #registered(response: unknown, challenge: string) {
    const { verifyRegistrationResponse } = await webauthn()
    const { registrationInfo } = await verifyRegistrationResponse({
      response: response as RegistrationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: this.#origin,
      expectedRPID: this.#host,
      requireUserVerification: false,
      supportedAlgorithmIDs: ALGORITHMS,
    }).catch((cause: unknown) => {
      throw new PermanentError('E_PASSKEY', 'The passkey does not fit', { cause })
    })
    if (!registrationInfo) throw new PermanentError('E_PASSKEY', 'The passkey does not fit')
    return registrationInfo
  }

  /** The new counter, or null: the library throws at whatever does not fit, shapes included. */
  async #answered(row: Row, response: unknown, challenge: string, verified: boolean) {
    const { verifyAuthenticationResponse } = await webauthn()
    try {
      const answer = await verifyAuthenticationResponse({
        response: response as AuthenticationResponseJSON,
        expectedChallenge: challenge,
        expectedOrigin: this.#origin,
        expectedRPID: this.#host,
        requireUserVerification: verified,
        credential: {
          id: row.credential_id,
          publicKey: new Uint8Array(Buffer.from(row.public_key, 'base64url')),
          counter: row.counter,
        },
      })
      return answer.verified ? answer.authenticationInfo.newCounter : null
    } catch {
      return null
    }
  }

  async #rows(accountId: number): Promise<Row[]> {
    return this.#db.from('passkeys').where('account_id', accountId).orderBy('id')
  }
}

/** @throws PermanentError `E_PASSKEY_NAME` */
function checkedName(name: string): string {
  const label = name.trim().replace(/\s+/g, ' ')
  if (label === '' || label.length > 100 || /\p{Cc}/u.test(label)) {
    throw new PermanentError('E_PASSKEY_NAME', 'A passkey has a name of at most 100 characters')
  }
  return label
}

const descriptor = (row: Row) => ({
  id: row.credential_id,
  transports: row.transports.split(' ').filter(Boolean),
})

/** Names the account to the device, and nobody outside (section 14.6.1). */
function handleOf(accountId: number) {
  return new Uint8Array(createHash('sha256').update(`webtresor account ${accountId}`).digest())
}
