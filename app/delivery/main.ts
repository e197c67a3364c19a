/**
 * #delivery: what must still be sent to whom.
 *
 * A delivery is one message on its way to one recipient. It is opened in the transaction that accepts the
 * message, so there is no accepted message without its deliveries, and it ends as delivered, failed or
 * cancelled; nothing leaves these states again.
 *
 *   pending ──> delivered | failed | cancelled
 *      └──────> deferred ──> (due again) ──> delivered | failed | cancelled
 *
 * Invariants
 * - One delivery per message and recipient, whatever the client repeats in RCPT TO.
 * - The form that a recipient gets (recipe, digest, size) is fixed once, before the first attempt, and never
 *   changes: a second attempt sends the same bytes.
 * - Every attempt's reply is kept, the last one in the row, all final ones in the ledger.
 *
 * It refuses to send: it neither knows SMTP nor when to try again. The gateway tells it.
 */
import type { Database } from '@adonisjs/lucid/database'
import { insert, rows, update } from '#prepared'
import { transaction, type Trx } from '#transaction'

export type DeliveryState = 'pending' | 'deferred' | 'delivered' | 'failed' | 'cancelled'

export interface Delivery {
  id: number
  number: number
  recipient: string
  state: DeliveryState
  /** Attempts made so far. */
  attempts: number
  nextAt: Date | null
  lastReply: string | null
  lastAt: Date | null
  form: Form | null
}

/** What a recipient gets. */
export interface Form {
  /** Blob of the recipe that makes it from the original. */
  recipe: string
  /** Hex, of the bytes on the wire before dot-stuffing. */
  sha256: string
  /** Bytes. */
  size: number
  /** It has bytes above 127 (RFC 6152), and in its header (RFC 6532). */
  eightBit: boolean
  utf8Headers: boolean
}

export type DeliveryResult =
  | { status: 'delivered'; reply: string }
  | { status: 'failed'; reply: string }
  | { status: 'deferred'; reply: string; nextAt: Date }

interface Row {
  id: number
  number: number
  recipient: string
  state: DeliveryState
  attempts: number
  next_at: number | null
  last_reply: string | null
  last_at: number | null
  recipe: string | null
  form_sha256: string | null
  form_size: number | null
  eight_bit: boolean | number | null
  utf8_headers: boolean | number | null
}

const OPEN = ['pending', 'deferred']

function date(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds)
}

function fromRow(row: Row): Delivery {
  return {
    id: row.id,
    number: row.number,
    recipient: row.recipient,
    state: row.state,
    attempts: row.attempts,
    nextAt: date(row.next_at),
    lastReply: row.last_reply,
    lastAt: date(row.last_at),
    form:
      row.form_sha256 === null
        ? null
        : {
            recipe: row.recipe!,
            sha256: row.form_sha256,
            size: Number(row.form_size),
            eightBit: Boolean(row.eight_bit),
            utf8Headers: Boolean(row.utf8_headers),
          },
  }
}

export class Deliveries {
  #db: Database
  #now: () => Date

  constructor(options: { db: Database; now?: () => Date }) {
    this.#db = options.db
    this.#now = options.now ?? (() => new Date())
  }

  /** Opens one delivery per distinct recipient, inside the transaction that accepts the message. */
  async open(trx: Trx, number: number, recipients: string[]): Promise<void> {
    const opened = [...new Set(recipients)].map((recipient) => ({
      number,
      recipient,
      mailbox: recipient.toLowerCase(),
      state: 'pending',
      attempts: 0,
      next_at: this.#now().getTime(),
    }))
    await insert(trx, 'deliveries', opened)
  }

  /** The deliveries of one message in the order of its recipients. */
  async of(number: number): Promise<Delivery[]> {
    const found: Row[] = await this.#db.from('deliveries').where('number', number).orderBy('id')
    return found.map(fromRow)
  }

  /** The same inside the caller's transaction. */
  async read(trx: Trx, number: number): Promise<Delivery[]> {
    const sql = 'SELECT * FROM deliveries WHERE number = ? ORDER BY id'
    return (await rows<Row>(trx, sql, [number])).map(fromRow)
  }

  /** One delivery that is there, inside the caller's transaction. */
  async one(trx: Trx, id: number): Promise<Delivery> {
    const [row] = await rows<Row>(trx, 'SELECT * FROM deliveries WHERE id = ?', [id])
    return fromRow(row!)
  }

  /** The deliveries of several messages at once, for lists. */
  async ofMany(numbers: number[]): Promise<Map<number, Delivery[]>> {
    const deliveries = new Map<number, Delivery[]>(numbers.map((number) => [number, []]))
    const found: Row[] = await this.#db
      .from('deliveries')
      .whereIn('number', numbers)
      .orderBy('number')
      .orderBy('id')
    for (const row of found) deliveries.get(row.number)?.push(fromRow(row))
    return deliveries
  }

  /** One delivery, or nothing. */
  async find(id: number): Promise<Delivery | undefined> {
    const row: Row | null = await this.#db.from('deliveries').where('id', id).first()
    return row ? fromRow(row) : undefined
  }

  /** Fixes what the recipient gets. A form that is already fixed stays. */
  async fix(trx: Trx, id: number, form: Form): Promise<void> {
    const fixed = {
      recipe: form.recipe,
      form_sha256: form.sha256,
      form_size: form.size,
      eight_bit: form.eightBit,
      utf8_headers: form.utf8Headers,
    }
    await update(trx, 'deliveries', fixed, 'id = ? AND form_sha256 IS NULL', [id])
  }

  /**
   * Records how an attempt ended, inside the caller's transaction.
   *
   * @returns the delivery as it is now; nothing where its state is final, and stays
   */
  async record(trx: Trx, id: number, result: DeliveryResult): Promise<Delivery | undefined> {
    const nextAt = result.status === 'deferred' ? result.nextAt.getTime() : null
    const [row] = await rows<Row>(
      trx,
      `UPDATE deliveries SET state = ?, next_at = ?, last_reply = ?, last_at = ?, attempts = attempts + 1
        WHERE id = ? AND state IN ('pending', 'deferred')
        RETURNING *`,
      [result.status, nextAt, result.reply, this.#now().getTime(), id]
    )
    return row && fromRow(row)
  }

  /** Ends everything of a message that has not left yet. */
  async cancel(trx: Trx, number: number): Promise<void> {
    await trx
      .from('deliveries')
      .where('number', number)
      .whereIn('state', OPEN)
      .update({ state: 'cancelled', next_at: null })
  }

  /** Makes a waiting delivery due now. */
  async retry(id: number): Promise<void> {
    await transaction(this.#db, async (trx) => {
      await trx
        .from('deliveries')
        .where('id', id)
        .where('state', 'deferred')
        .update({ next_at: this.#now().getTime() })
    })
  }
}
