import type { Database } from '@adonisjs/lucid/database'
import { randomUUID } from 'node:crypto'
import { statement } from '#transaction'

/** Time without a sign of life after which another worker takes over, in milliseconds. */
const LEASE = 60_000
const RENEWED_EVERY = 15_000

/** Pauses while the scanner does not answer, in milliseconds: short at first, never longer than five minutes. */
const pauseAfter = (attempts: number) => Math.min(15_000 * 2 ** Math.min(attempts, 5), 300_000)

/** One worker's right to look at a blob, until it is closed. */
export class Claim {
  readonly attempts: number
  #db: Database
  #own: { blob: string; lease: string }
  #renewing: NodeJS.Timeout

  /** @returns nothing when it is in other hands or not due */
  static async take(db: Database, blob: string, now: number): Promise<Claim | undefined> {
    const lease = randomUUID()
    const rows = (await statement(() =>
      db
        .knexQuery()
        .table('checks')
        .insert({ blob, lease, lease_until: now + LEASE, due_at: now, attempts: 0 })
        .onConflict('blob')
        .merge(['lease', 'lease_until'])
        .where('checks.lease_until', '<', now)
        .where('checks.due_at', '<=', now)
        .returning(['lease', 'attempts'])
    )) as unknown as { lease: string; attempts: number }[]
    const own = rows.find((row) => row.lease === lease)
    return own && new Claim(db, { blob, lease }, own.attempts)
  }

  private constructor(db: Database, own: { blob: string; lease: string }, attempts: number) {
    this.#db = db
    this.#own = own
    this.attempts = attempts
    this.#renewing = setInterval(() => void this.#renew(), RENEWED_EVERY)
    this.#renewing.unref()
  }

  /** Tries again later. @param pause milliseconds; otherwise the longer, the more often it was tried @returns how long */
  async postpone(now: number, pause = pauseAfter(this.attempts)): Promise<number> {
    await statement(() =>
      this.#db
        .from('checks')
        .where(this.#own)
        .update({ due_at: now + pause, attempts: this.attempts + 1, lease_until: 0 })
    )
    return pause
  }

  /** Ends the claim; what was postponed stays due later. */
  async close(): Promise<void> {
    clearInterval(this.#renewing)
    // One that cannot be ended runs out.
    await statement(() =>
      this.#db.from('checks').where(this.#own).where('lease_until', '>', 0).delete()
    ).catch(() => {})
  }

  async #renew(): Promise<void> {
    const until = Date.now() + LEASE
    await statement(() =>
      this.#db.from('checks').where(this.#own).where('lease_until', '>', 0).update({
        lease_until: until,
      })
    ).catch(() => {})
  }
}
