import type { Database } from '@adonisjs/lucid/database'
import type { Blobs, SealedBytes, WrittenBlob } from '#blobs'
import { Beginning } from '#beginning'
import type { Deliveries } from '#delivery'
import { IntegrityError } from '#errors'
import { telemetry } from '#telemetry'
import { insert, rows } from '#prepared'
import { commitUnknown, type Trx } from '#transaction'
import type { Envelope } from './envelope.ts'
import { GroupCommit } from './group_commit.ts'
import type { Originals } from './originals.ts'
import type { SharedWrites } from './shared_writes.ts'
import { synopsisOf, type Synopsis } from './synopsis.ts'

interface Arrival {
  written: WrittenBlob
  envelope: Envelope
  synopsis: Synopsis
}

export interface Accepted {
  number: number
  /** Hex, of the original's bytes. */
  sha256: string
  /** Bytes. */
  size: number
}

/** Mails in one transaction at most: more gains little and makes the last one wait. */
const LARGEST_BATCH = 50

/**
 * Takes mails in: first the bytes, durable and encrypted, then one transaction with original, message, deliveries
 * and ledger entry. Only what returned from here may be acknowledged.
 */
export class Intake {
  #db: Database
  #blobs: Blobs
  #writes: SharedWrites
  #deliveries: Deliveries
  #originals: Originals
  #now: () => Date
  #commits = new GroupCommit<Arrival, Accepted>((items) => this.#commit(items), LARGEST_BATCH)

  constructor(options: {
    db: Database
    blobs: Blobs
    writes: SharedWrites
    deliveries: Deliveries
    originals: Originals
    now: () => Date
  }) {
    this.#db = options.db
    this.#blobs = options.blobs
    this.#writes = options.writes
    this.#deliveries = options.deliveries
    this.#originals = options.originals
    this.#now = options.now
  }

  async accept(
    source: AsyncIterable<Uint8Array>,
    envelope: Envelope,
    maxSize?: number
  ): Promise<Accepted> {
    const beginning = new Beginning()
    const written = await this.#blobs.write(beginning.of(source), { maxSize })
    return this.#enter(written, beginning.bytes, envelope)
  }

  /** Takes a mail in whose bytes are on the disk already. */
  async enter(sealed: SealedBytes, beginning: Buffer, envelope: Envelope): Promise<Accepted> {
    return this.#enter(await this.#blobs.adopt(sealed), beginning, envelope)
  }

  async #enter(written: WrittenBlob, beginning: Buffer, envelope: Envelope): Promise<Accepted> {
    const synopsis = synopsisOf(beginning)
    const accepted = await this.#blobs.recording(written, () =>
      this.#commits.submit({ written, envelope, synopsis })
    )
    if (beginning.length === written.size) this.#originals.remember(written.id, beginning)
    telemetry.accepted({ number: accepted.number, size: accepted.size })
    return accepted
  }

  /** A commit whose answer was lost may have taken place: then the mails are there, and the clients need not send again. */
  async #commit(arrivals: Arrival[]): Promise<Accepted[]> {
    try {
      return await this.#write(arrivals)
    } catch (error) {
      if (!commitUnknown(error)) throw error
      const there = await this.#committed(arrivals).catch(() => undefined)
      if (!there) throw error
      return there
    }
  }

  /** What stands in the archive of these arrivals; nothing unless all do. */
  async #committed(arrivals: Arrival[]): Promise<Accepted[] | undefined> {
    const blobs = arrivals.map(({ written }) => written.id)
    const found: (Accepted & { blob: string })[] = await this.#db
      .from('originals')
      .select('number', 'blob', 'sha256', 'size')
      .whereIn('blob', blobs)
    if (found.length < arrivals.length) return undefined
    return blobs.map((id) => {
      const { number, sha256, size } = found.find(({ blob }) => blob === id)!
      return { number, sha256, size }
    })
  }

  #write(arrivals: Arrival[]): Promise<Accepted[]> {
    return this.#writes.write(async (trx) => {
      const first = await this.#numbers(trx, arrivals.length)
      const mails = arrivals.map((arrival, position) => ({ ...arrival, number: first + position }))
      await this.#blobs.record(trx, ...arrivals.map(({ written }) => written))
      await insert(trx, 'originals', mails.map(originalRow))
      await insert(
        trx,
        'messages',
        mails.map((mail) => messageRow(mail, this.#now()))
      )
      await this.#deliveries.open(
        trx,
        mails.map(({ number, envelope }) => ({ number, recipients: envelope.rcptTo }))
      )
      const result = mails.map(({ number, written: { sha256, size } }) => ({
        number,
        sha256,
        size,
      }))
      return { result, events: mails.map(acceptedEvent) }
    })
  }

  /** Message numbers are gap-free: the counter moves in the same transaction that uses them. */
  async #numbers(trx: Trx, count: number): Promise<number> {
    const sql = `UPDATE counters SET value = value + ? WHERE name = 'message' RETURNING value`
    const [row] = await rows<{ value: number }>(trx, sql, [count])
    if (!row) throw new IntegrityError('E_NO_COUNTER', 'The counter of message numbers is missing')
    return row.value - count + 1
  }
}

type Row = Arrival & { number: number }

function originalRow({ number, written, envelope }: Row) {
  return {
    number,
    blob: written.id,
    sha256: written.sha256,
    size: written.size,
    received_at: envelope.receivedAt.getTime(),
  }
}

function messageRow({ number, written, envelope, synopsis }: Row, now: Date) {
  const words = [synopsis.subject, synopsis.fromName, synopsis.fromAddress, synopsis.to]
  return {
    number,
    state: 'accepted',
    mail_from: envelope.mailFrom,
    sender: envelope.mailFrom.toLowerCase(),
    client_address: envelope.clientAddress,
    helo: envelope.helo.slice(0, 255),
    smtp_utf8: envelope.smtpUtf8,
    trusted: envelope.trusted,
    automatic: synopsis.automatic,
    subject: synopsis.subject,
    from_name: synopsis.fromName,
    from_address: synopsis.fromAddress,
    to_header: synopsis.to,
    message_id: synopsis.messageId,
    sent_at: synopsis.sentAt?.getTime() ?? null,
    received_at: envelope.receivedAt.getTime(),
    size: written.size,
    words: words.filter(Boolean).join('\n').toLowerCase(),
    next_at: now.getTime(),
  }
}

function acceptedEvent({ number, written, envelope }: Row) {
  return {
    type: 'accepted' as const,
    number,
    original: written.sha256,
    at: envelope.receivedAt,
    detail: {
      mailFrom: envelope.mailFrom,
      rcptTo: envelope.rcptTo,
      clientAddress: envelope.clientAddress,
      helo: envelope.helo,
      smtpUtf8: envelope.smtpUtf8,
      bodyType: envelope.bodyType,
      receivedAt: envelope.receivedAt.toISOString(),
      size: written.size,
    },
  }
}
