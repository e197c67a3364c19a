import { createHash, randomBytes } from 'node:crypto'
import type { Database } from '@adonisjs/lucid/database'
import { transaction } from '#transaction'
import type { OwnerNotices } from './owner_notices.ts'
import type { Visit } from './sessions.ts'

/** A device that was not used for so long is new again, in days. */
export const DEVICE_DAYS = 365

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

/** Browsers from which a person has signed in before: a sign-in from another one is told by mail. */
export class Devices {
  readonly #db: Database
  readonly #notices: OwnerNotices
  readonly #now: () => Date

  constructor(options: { db: Database; notices: OwnerNotices; now?: () => Date }) {
    this.#db = options.db
    this.#notices = options.notices
    this.#now = options.now ?? (() => new Date())
  }

  /**
   * Call when a person has signed in.
   *
   * @param token what this browser was given at an earlier sign-in, of anybody
   * @param quietly the account was made in this browser just now
   * @returns the token that the browser is to keep
   */
  async recognise(
    accountId: number,
    token: string | undefined,
    visit: Visit,
    quietly = false
  ): Promise<string> {
    const kept = token ?? randomBytes(24).toString('base64url')
    const own = { account_id: accountId, token_hash: hashOf(kept) }
    const now = this.#now().getTime()
    return transaction(this.#db, async (trx) => {
      const seen: unknown = await trx.from('known_devices').where(own).update({ seen_at: now })
      if (Number(seen) > 0) return kept
      const old = now - DEVICE_DAYS * 24 * 60 * 60 * 1000
      await trx.from('known_devices').where('seen_at', '<', old).delete()
      await trx
        .insertQuery()
        .table('known_devices')
        .insert({ ...own, seen_at: now })
      if (!quietly) await this.#notices.tell(trx, accountId, { what: 'new_device' }, visit)
      return kept
    })
  }
}
