import type { Database } from '@adonisjs/lucid/database'
import type { Blobs, SealedBytes, WrittenBlob } from '#blobs'
import { Beginning } from '#beginning'
import type { Deliveries } from '#delivery'
import { IntegrityError } from '#errors'
import { telemetry } from '#telemetry'
import { insert, rows } from '#prepared'
import { commitUnknown, type Trx } from '#transaction'
import type { Envelope } from './envelope.ts'
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
    const written = await this.#blobs.write(beginning.of(source), { maxSize, inRow: true })
    return this.#enter(written, beginning.bytes, envelope)
  }

  /** Takes a mail in whose bytes are sealed already. */
  async enter(sealed: SealedBytes, beginning: Buffer, envelope: Envelope): Promise<Accepted> {
    return this.#enter(await this.#blobs.adopt(sealed), beginning, envelope)
  }

  async #enter(written: WrittenBlob, beginning: Buffer, envelope: Envelope): Promise<Accepted> {
    const synopsis = synopsisOf(beginning)
    const accepted = await this.#blobs.recording(written, () =>
      this.#commit({ written, envelope, synopsis })
    )
    if (beginning.length === written.size) this.#originals.remember(written.id, beginning)
    telemetry.accepted({ number: accepted.number, size: accepted.size })
    return accepted
  }

  /** A commit whose answer was lost may have taken place: then the mail is there, and the client need not send it again. */
  async #commit(arrival: Arrival): Promise<Accepted> {
    try {
      return await this.#write(arrival)
    } catch (error) {
      if (!commitUnknown(error)) throw error
      const there = await this.#committed(arrival).catch(() => undefined)
      if (!there) throw error
      return there
    }
  }

  /** What stands in the archive of this arrival. */
  async #committed({ written }: Arrival): Promise<Accepted | null> {
    return this.#db
      .from('originals')
      .select('number', 'sha256', 'size')
      .where('blob', written.id)
      .first()
  }

  #write(arrival: Arrival): Promise<Accepted> {
    return this.#writes.write(async (trx) => {
      const { written, envelope } = arrival
      const mail = { ...arrival, number: await this.#number(trx) }
      await this.#blobs.record(trx, written)
      await insert(trx, 'originals', [originalRow(mail)])
      await insert(trx, 'messages', [messageRow(mail, this.#now())])
      await this.#deliveries.open(trx, mail.number, envelope.rcptTo)
      const { sha256, size } = written
      return { result: { number: mail.number, sha256, size }, events: [acceptedEvent(mail)] }
    })
  }

  /** Message numbers are gap-free: the counter moves in the same transaction that uses them. */
  async #number(trx: Trx): Promise<number> {
    const sql = `UPDATE counters SET value = value + 1 WHERE name = 'message' RETURNING value`
    const [row] = await rows<{ value: number }>(trx, sql)
    if (!row) throw new IntegrityError('E_NO_COUNTER', 'The counter of message numbers is missing')
    return row.value
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
