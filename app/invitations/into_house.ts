import { normalAddress, ROLES, type Directory, type Language, type Role } from '#accounts'
import { PermanentError, Refused } from '#errors'
import type { Json, Ledger } from '#ledger'
import { transaction, type Trx } from '#transaction'
import type { Database } from '@adonisjs/lucid/database'
import { countLetter } from './daily_letters.ts'
import { listed, type Invitation } from './rows.ts'
import { end, insert, send, waiting, type Writing } from './sending.ts'
import { checkedWords } from './words.ts'

export interface HouseInvitation {
  email: string
  role: Role
  locale: Language
  words?: string
}

interface IntoHouseOptions extends Writing {
  db: Database
  directory: Directory
  ledger: Ledger
}

/** Invitations into the installation. By whom is not asked again: the caller knows that `actor` is an administrator. */
export class IntoHouse {
  readonly #options: IntoHouseOptions

  constructor(options: IntoHouseOptions) {
    this.#options = options
  }

  /** @throws Refused `E_EMAIL_TAKEN`, `E_TOO_MANY`; PermanentError `E_ADDRESS`, `E_ROLE`, `E_WORDS` */
  async invite(wanted: HouseInvitation, actor: number): Promise<void> {
    const { db, directory, now } = this.#options
    const email = normalAddress(wanted.email)
    const words = checkedWords(wanted.words)
    if (!ROLES.includes(wanted.role)) {
      throw new PermanentError('E_ROLE', `${wanted.role} is not one of ${ROLES.join(', ')}`)
    }
    await transaction(db, async (trx) => {
      await countLetter(trx, actor, now())
      if (await directory.withAddress(email, trx)) {
        throw new Refused('E_EMAIL_TAKEN', `There is an account with the address ${email} already`)
      }
      await end(trx, { email, kind: 'house' }, now())
      const { role, locale } = wanted
      const row = { kind: 'house' as const, email, role, words, locale, invited_by: actor }
      await insert(this.#options, trx, row)
      await this.#record(trx, { what: 'person invited', email, role, by: actor })
    })
  }

  /** Open and expired ones, newest first, one page of them. */
  list(): Promise<Invitation[]> {
    const { db, now } = this.#options
    return listed(db, { 'invitations.kind': 'house' }, now())
  }

  /** @throws NotFound `E_NO_INVITATION`; Refused `E_TOO_MANY` */
  async resend(id: string, actor: number): Promise<void> {
    const { db, now } = this.#options
    await transaction(db, async (trx) => {
      await countLetter(trx, actor, now())
      const row = await waiting(trx, { id, kind: 'house' })
      await send(this.#options, trx, row)
      const { email, role } = row
      await this.#record(trx, { what: 'person invited', email, role, by: actor })
    })
  }

  /** @throws NotFound `E_NO_INVITATION` */
  async revoke(id: string, actor: number): Promise<void> {
    const { db, now } = this.#options
    await transaction(db, async (trx) => {
      const { email } = await waiting(trx, { id, kind: 'house' })
      await end(trx, { id }, now())
      await this.#record(trx, { what: 'invitation revoked', email, by: actor })
    })
  }

  async #record(trx: Trx, detail: Record<string, Json>): Promise<void> {
    await this.#options.ledger.append(trx, [
      { type: 'configured', number: null, original: null, detail },
    ])
  }
}
