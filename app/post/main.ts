/**
 * #post: the mails that Webtresor itself sends, such as codes, notices and bounces.
 *
 * A mail is written into the outbox inside the caller's transaction: it goes out exactly when what it tells
 * about has happened. The gateway's relay takes due mails from here and says how each attempt ended.
 *
 * Invariants
 * - A mail about a message is written once per kind and recipient: a step that runs again posts nothing new.
 * - Never to the null sender: there is nobody to tell (RFC 5321 section 4.5.5).
 * - Subject, bodies and recipient are erased when a mail is final; kind, times and the last reply stay.
 *
 * It refuses to render: whoever posts brings the finished text. It knows neither SMTP nor templates.
 */
import type { Database } from '@adonisjs/lucid/database'
import { randomUUID } from 'node:crypto'
import { dueBy } from '#due'
import { NotFound } from '#errors'
import { transaction, type Trx } from '#transaction'

export { PostIdentity } from './identity.ts'

export interface Letter {
  /** What the mail is about, such as `code`, `infected`, `bounce`. */
  kind: string
  /** Address of the one recipient. */
  to: string
  locale: 'de' | 'en'
  subject: string
  text: string
  html?: string
  /** Number of the message it is about. With it, a letter is posted once per kind and recipient. */
  number?: number
  /** Page where the recipient chooses whether he gets such mails, for the field List-Unsubscribe (RFC 2369). */
  choicesUrl?: string
}

/** What has become of a letter. */
export interface LetterFate {
  state: 'queued' | 'delivered' | 'failed'
  attempts: number
  lastReply: string | null
  /** When it is tried next. */
  nextAt: Date | null
  finalAt: Date | null
}

export interface OutboxItem extends Letter {
  id: string
  /** Attempts that failed so far. */
  attempts: number
  queuedAt: Date
}

export type PostResult =
  | { status: 'delivered'; reply: string }
  | { status: 'failed'; reply: string }
  | { status: 'deferred'; reply: string; nextAt: Date }

interface Row {
  id: string
  kind: string
  recipient: string
  locale: 'de' | 'en'
  subject: string
  body_text: string
  body_html: string | null
  number: number | null
  choices_url: string | null
  attempts: number
  queued_at: number
}

interface FateRow {
  id: string
  state: LetterFate['state']
  attempts: number
  last_reply: string | null
  next_at: number | null
  final_at: number | null
}

const date = (at: number | null) => (at === null ? null : new Date(at))

const fateOf = (row: FateRow): LetterFate => ({
  state: row.state,
  attempts: row.attempts,
  lastReply: row.last_reply,
  nextAt: date(row.next_at),
  finalAt: date(row.final_at),
})

export class Post {
  #db: Database
  #now: () => Date
  #wake: (id: string) => void

  /** @param options.wake called once a letter is committed, so that it leaves without waiting for a sweep */
  constructor(options: { db: Database; now?: () => Date; wake?: (id: string) => void }) {
    this.#db = options.db
    this.#wake = options.wake ?? (() => {})
    this.#now = options.now ?? (() => new Date())
  }

  /**
   * Puts a letter into the outbox, inside the caller's transaction. Does nothing for the null sender.
   *
   * @returns its id for `fates`; nothing where there is nobody to tell. A letter that was posted once already has another.
   */
  async post(trx: Trx, letter: Letter): Promise<string | undefined> {
    if (letter.to === '') return undefined
    const now = this.#now().getTime()
    const id = randomUUID()
    await trx
      .knexQuery()
      .table('outbox')
      .insert({
        id,
        kind: letter.kind,
        recipient: letter.to,
        locale: letter.locale,
        subject: letter.subject,
        body_text: letter.text,
        body_html: letter.html ?? null,
        number: letter.number ?? null,
        choices_url: letter.choicesUrl ?? null,
        state: 'queued',
        attempts: 0,
        next_at: now,
        queued_at: now,
      })
      .onConflict(['kind', 'number', 'recipient'])
      .ignore()
    trx.after('commit', () => this.#wake(id))
    return id
  }

  /** What has become of these letters. */
  async fates(ids: readonly string[]): Promise<Map<string, LetterFate>> {
    const rows: FateRow[] = await this.#db
      .from('outbox')
      .select('id', 'state', 'attempts', 'last_reply', 'next_at', 'final_at')
      .whereIn('id', [...ids])
    return new Map(rows.map((row) => [row.id, fateOf(row)]))
  }

  /** Ids of letters that are due, oldest first. */
  async due(limit: number): Promise<string[]> {
    const rows: { id: string }[] = await this.#db
      .from('outbox')
      .select('id')
      .where('state', 'queued')
      .where(dueBy('next_at', this.#now().getTime()))
      .orderBy('next_at')
      .limit(limit)
    return rows.map((row) => row.id)
  }

  /**
   * Takes a due letter for sending and keeps others off it for `seconds`.
   *
   * @returns nothing when it is final, not yet due, or in other hands
   */
  async claim(id: string, seconds: number): Promise<OutboxItem | undefined> {
    const now = this.#now().getTime()
    return transaction(this.#db, async (trx) => {
      const taken = await trx
        .from('outbox')
        .where({ id, state: 'queued' })
        .where(dueBy('next_at', now))
        .update({ next_at: now + seconds * 1000 })
      if (Number(taken) === 0) return undefined
      const row: Row = await trx.from('outbox').where('id', id).firstOrFail()
      return {
        id: row.id,
        kind: row.kind,
        to: row.recipient,
        locale: row.locale,
        subject: row.subject,
        text: row.body_text,
        html: row.body_html ?? undefined,
        number: row.number ?? undefined,
        choicesUrl: row.choices_url ?? undefined,
        attempts: row.attempts,
        queuedAt: new Date(row.queued_at),
      }
    })
  }

  /** Says how an attempt ended. A final letter loses its content. */
  async record(id: string, result: PostResult): Promise<void> {
    const changes =
      result.status === 'deferred'
        ? { next_at: result.nextAt.getTime() }
        : {
            state: result.status,
            next_at: null,
            final_at: this.#now().getTime(),
            subject: null,
            body_text: null,
            body_html: null,
            choices_url: null,
          }
    await transaction(this.#db, async (trx) => {
      const changed = await trx
        .from('outbox')
        .where('id', id)
        .update({ ...changes, last_reply: result.reply.slice(0, 1000) })
      if (Number(changed) === 0) throw new NotFound('E_NO_LETTER', `No letter ${id} in the outbox`)
      await trx.from('outbox').where('id', id).increment('attempts', 1)
    })
  }

  /** How many letters wait, and how many failed for good. */
  async counts(): Promise<{ queued: number; failed: number }> {
    const rows: { state: string; total: number }[] = await this.#db
      .from('outbox')
      .select('state')
      .whereIn('state', ['queued', 'failed'])
      .count('* as total')
      .groupBy('state')
    const of = (state: string) => Number(rows.find((row) => row.state === state)?.total ?? 0)
    return { queued: of('queued'), failed: of('failed') }
  }
}
