import { createHash } from 'node:crypto'
import type { Database } from '@adonisjs/lucid/database'
import { statement, transaction, type Trx } from '#transaction'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR

/** How long a session lives without a request, and at most, in milliseconds. */
const LIMITS = {
  plain: { idle: 8 * HOUR, longest: DAY },
  remembered: { idle: 30 * DAY, longest: 30 * DAY },
}

/** For how long somebody who asked to stay signed in does, in seconds. */
export const REMEMBERED_SECONDS = (30 * DAY) / 1000

/** A page view writes down that a session is in use at most this often, in milliseconds. */
const SEEN_EVERY = 60_000

/** What has ended is swept at most this often, in milliseconds. */
const SWEEP_EVERY = 10 * 60_000

/** From where a session is used. */
export interface Visit {
  /** The browser's own description of itself. */
  agent: string | null
  /** Shortened address. */
  network: string | null
}

export interface SessionContent {
  data: Record<string, unknown>
  /** Whose it is; `complete` once every factor was shown. */
  accountId: number | null
  complete: boolean
  remembered: boolean
  /** When its owner signed in, in milliseconds: the session may get other numbers since, but no longer life. */
  since?: number
}

/** A session as its owner sees it. */
export interface OwnSession extends Visit {
  key: string
  remembered: boolean
  startedAt: Date
  seenAt: Date
}

interface Row extends Visit {
  key: string
  data: string
  account_id: number | null
  complete: boolean | number
  remembered: boolean | number
  started_at: number
  seen_at: number
  until_at: number
}

/** The name under which the table has a session: who reads the table cannot take one over. */
export function sessionKey(id: string): string {
  return createHash('sha256').update(id).digest('hex')
}

/**
 * Sessions of browsers, of people who are signed in and of those who are not yet.
 *
 * A session that was ended is gone: it is read anew with each request, and a request that began before does not
 * bring it back.
 */
export class Sessions {
  readonly #db: Database
  readonly #now: () => Date
  readonly #alsoEnd?: (trx: Trx, accountId: number) => Promise<void>
  #sweptAt = 0

  /** @param options.alsoEnd what other modules handed out that speaks for the person as a session does */
  constructor(options: {
    db: Database
    now?: () => Date
    alsoEnd?: (trx: Trx, accountId: number) => Promise<void>
  }) {
    this.#db = options.db
    this.#now = options.now ?? (() => new Date())
    this.#alsoEnd = options.alsoEnd
  }

  /** What is stored under a number, unless it is too old. */
  async read(id: string): Promise<(SessionContent & { seenAt: number }) | null> {
    const row: Row | null = await this.#db.from('sessions').where('key', sessionKey(id)).first()
    if (!row || row.until_at <= this.#now().getTime()) return null
    return {
      data: JSON.parse(row.data) as Record<string, unknown>,
      accountId: row.account_id,
      complete: Boolean(row.complete),
      remembered: Boolean(row.remembered),
      seenAt: row.seen_at,
    }
  }

  /** Begins a session under a number that nobody has. */
  async begin(id: string, content: SessionContent, visit: Visit): Promise<void> {
    await this.#sweep()
    const now = this.#now().getTime()
    const startedAt = content.since ?? now
    const { longest } = LIMITS[content.remembered ? 'remembered' : 'plain']
    const made = this.#row(content, visit, now)
    const row = {
      ...made,
      started_at: startedAt,
      until_at: Math.min(made.until_at, startedAt + longest),
    }
    await statement(() =>
      this.#db
        .knexQuery()
        .table('sessions')
        .insert({ key: sessionKey(id), ...row })
        .onConflict('key')
        .merge()
    )
  }

  /** @returns whether it was there; one that has been ended stays so */
  async change(id: string, content: SessionContent, visit: Visit): Promise<boolean> {
    const now = this.#now().getTime()
    const { until_at: until, ...row } = this.#row(content, visit, now)
    const changed: unknown = await statement(() =>
      this.#db
        .from('sessions')
        .where('key', sessionKey(id))
        .update({ ...row, until_at: this.#untilAt(content.remembered, until) })
    )
    return Number(changed) > 0
  }

  /** Notes that a session is in use. */
  async touch(id: string, remembered: boolean, seenAt: number): Promise<void> {
    const now = this.#now().getTime()
    if (Math.abs(now - seenAt) < SEEN_EVERY) return
    const until = now + LIMITS[remembered ? 'remembered' : 'plain'].idle
    await statement(() =>
      this.#db
        .from('sessions')
        .where('key', sessionKey(id))
        .update({ seen_at: now, until_at: this.#untilAt(remembered, until) })
    )
  }

  /** @returns whether it was there */
  async remove(id: string): Promise<boolean> {
    const key = sessionKey(id)
    return Number(await statement(() => this.#db.from('sessions').where('key', key).delete())) > 0
  }

  /** The sessions in which a person is signed in, the last used first. */
  async of(accountId: number): Promise<OwnSession[]> {
    const rows: Row[] = await this.#db
      .from('sessions')
      .where({ account_id: accountId, complete: true })
      .where('until_at', '>', this.#now().getTime())
      .orderBy([{ column: 'seen_at', order: 'desc' }, { column: 'key' }])
      .limit(200)
    return rows.map((row) => ({
      key: row.key,
      agent: row.agent,
      network: row.network,
      remembered: Boolean(row.remembered),
      startedAt: new Date(row.started_at),
      seenAt: new Date(row.seen_at),
    }))
  }

  /** Ends one session of a person. @returns whether there was one */
  async endOne(accountId: number, key: string): Promise<boolean> {
    const ended: unknown = await statement(() =>
      this.#db.from('sessions').where({ account_id: accountId, key }).delete()
    )
    return Number(ended) > 0
  }

  /** Ends all sessions of a person but one. @returns how many */
  async endOthers(accountId: number, key: string): Promise<number> {
    return transaction(this.#db, (trx) => this.end(trx, accountId, key))
  }

  /**
   * Ends all sessions of a person, those that wait for a second factor too.
   *
   * @param except key of one that stays
   * @returns how many there were
   */
  async end(trx: Trx, accountId: number, except = ''): Promise<number> {
    const ended: unknown = await trx
      .from('sessions')
      .where('account_id', accountId)
      .whereNot('key', except)
      .delete()
    await this.#alsoEnd?.(trx, accountId)
    return Number(ended)
  }

  #row(content: SessionContent, { agent, network }: Visit, now: number) {
    const { idle } = LIMITS[content.remembered ? 'remembered' : 'plain']
    return {
      data: JSON.stringify(content.data),
      account_id: content.accountId,
      complete: content.complete,
      remembered: content.remembered,
      agent: agent?.slice(0, 400) ?? null,
      network,
      seen_at: now,
      until_at: now + idle,
    }
  }

  /** The idle limit, but not after the absolute one. */
  #untilAt(remembered: boolean, until: number) {
    const { longest } = LIMITS[remembered ? 'remembered' : 'plain']
    return this.#db.raw('CASE WHEN started_at + ? < ? THEN started_at + ? ELSE ? END', [
      longest,
      until,
      longest,
      until,
    ])
  }

  async #sweep(): Promise<void> {
    const now = this.#now().getTime()
    if (Math.abs(now - this.#sweptAt) < SWEEP_EVERY) return
    this.#sweptAt = now
    await statement(() => this.#db.from('sessions').where('until_at', '<=', now).delete())
  }
}
