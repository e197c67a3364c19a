/**
 * #archive: every mail that passed, as it came over the wire.
 *
 * A mail is accepted once its original is durable, encrypted and in the ledger, together with its envelope and
 * its deliveries, in one transaction. The archive is also the spool: what is still to be done with a mail stands
 * in its state, and a worker that takes it in hand gets a claim, which at most one worker holds.
 *
 * Invariants
 * - An original is never changed, re-serialised or dropped; SQL triggers refuse it. Two mails with the same
 *   Message-ID, or with none, are two mails.
 * - Message numbers are gap-free and grow in the order of acceptance.
 * - A delivered form is a recipe over the original with its digest: what was submitted and what was delivered can
 *   both be shown and proved.
 * - Whoever reads content that is not his own, exports or decides leaves a ledger entry.
 * - A viewer sees the mail of his mailboxes within their time, and nothing else; deny is the default.
 *
 * It refuses to know SMTP and MIME: offsets of parts and recipes come from the gateway, and are applied blindly.
 */
import type { Database } from '@adonisjs/lucid/database'
import type { Blobs, SealedBytes } from '#blobs'
import type { DatabaseQueryBuilderContract } from '@adonisjs/lucid/types/querybuilder'
import type { Deliveries, Delivery } from '#delivery'
import { dueBy } from '#due'
import { IntegrityError, NotFound } from '#errors'
import type { Ledger } from '#ledger'
import { transaction, type Trx } from '#transaction'
import { Claim } from './claim.ts'
import { Decisions, type Answer, type Decision, type Outcome } from './decisions.ts'
import type { Envelope } from './envelope.ts'
import { find, restrict, selectMessages, type Page, type Query, type Viewer } from './find.ts'
import { FourEyes } from './four_eyes.ts'
import { Intake, type Accepted } from './intake.ts'
import { fromRow, type Message } from './message.ts'
import { Originals } from './originals.ts'
import { fromRow as partFromRow, type Part, type PartRow } from './part.ts'
import { applyRecipe, decodeRecipe, type Recipe } from './recipe.ts'
import { SharedWrites } from './shared_writes.ts'
import { LEASE, take } from './taking.ts'
import { verifyOriginals } from './verify.ts'
import { wire } from './wire.ts'

export type { Accepted } from './intake.ts'
export type { Claim } from './claim.ts'
export type { Answer, Decision, Outcome } from './decisions.ts'
export type { Envelope } from './envelope.ts'
export type { Mailbox, Page, Query, Viewer } from './find.ts'
export type { DecisionRequest } from './four_eyes.ts'
export type { HoldReason, Message, MessageState, Override, Verb } from './message.ts'
export { verbsOf, wantsReason } from './message.ts'
export type { Part } from './part.ts'
export { applyRecipe, decodeRecipe, encodeRecipe, recipeSize } from './recipe.ts'
export type { Recipe, RecipeStep } from './recipe.ts'
export { wire } from './wire.ts'
export { exportMessages } from './export.ts'
export { bodyOf, type DisplayedBody } from './display.ts'
export { differencesOf, type Piece } from './differences.ts'

/** Messages to work on, which are in nobody's hands. */
function dueAt(now: number) {
  return (messages: DatabaseQueryBuilderContract) =>
    void messages
      .whereIn('state', ['accepted', 'waiting'])
      .where(dueBy('next_at', now))
      .where((free) => void free.whereNull('lease_until').orWhere(dueBy('lease_until', now, LEASE)))
}

export class Archive {
  #db: Database
  #blobs: Blobs
  #ledger: Ledger
  #deliveries: Deliveries
  #now: () => Date
  #writes: SharedWrites
  #intake: Intake
  #originals: Originals
  #decisions: Decisions
  /** Whether a second administrator has to agree, and what waits for him. */
  readonly fourEyes: FourEyes

  constructor(options: {
    db: Database
    blobs: Blobs
    ledger: Ledger
    deliveries: Deliveries
    now?: () => Date
  }) {
    const now = options.now ?? (() => new Date())
    this.#db = options.db
    this.#blobs = options.blobs
    this.#ledger = options.ledger
    this.#deliveries = options.deliveries
    this.#now = now
    this.#originals = new Originals(options.blobs)
    this.#writes = new SharedWrites(options)
    const shared = { originals: this.#originals, writes: this.#writes }
    this.#intake = new Intake({ ...options, ...shared, now })
    this.fourEyes = new FourEyes({ ...options, now })
    this.#decisions = new Decisions({ ...options, fourEyes: this.fourEyes, now })
  }

  /**
   * Archives a mail. Returns only when it would survive a power cut.
   *
   * @param source the original's bytes after dot-unstuffing; its error aborts, and nothing is kept
   * @param maxSize bytes; more is a PermanentError `E_TOO_LARGE`
   * @throws TransientError disk full or database locked · PermanentError too large · whatever the source throws
   */
  accept(
    source: AsyncIterable<Uint8Array>,
    envelope: Envelope,
    maxSize?: number
  ): Promise<Accepted> {
    return this.#intake.accept(source, envelope, maxSize)
  }

  /**
   * Archives a mail whose bytes were sealed into this store by another thread (#sealing).
   *
   * @param beginning its first bytes, as `Beginning` keeps them
   * @throws as `accept`; then the bytes are gone
   */
  enter(sealed: SealedBytes, beginning: Buffer, envelope: Envelope): Promise<Accepted> {
    return this.#intake.enter(sealed, beginning, envelope)
  }

  /** Numbers of messages that wait for a worker, oldest first. */
  async due(limit: number): Promise<number[]> {
    const now = this.#now().getTime()
    const rows: { number: number }[] = await this.#db
      .from('messages')
      .select('number')
      .where(dueAt(now))
      .orderBy('number')
      .limit(limit)
    return rows.map((row) => row.number)
  }

  /** Makes a waiting message due now. What in it is due is decided by its deliveries. */
  async hasten(number: number): Promise<void> {
    await transaction(this.#db, async (trx) => {
      await trx
        .from('messages')
        .where({ number, state: 'waiting' })
        .update({ next_at: this.#now().getTime() })
    })
  }

  /** Takes a due message in hand; nothing when it is not due or in other hands. */
  async claim(number: number): Promise<Claim | undefined> {
    const now = this.#now().getTime()
    const deliveries = this.#deliveries
    const taken = await this.#writes.write(async (trx) => ({
      result: await take(trx, deliveries, number, now),
    }))
    if (!taken) return undefined
    return new Claim({
      writes: this.#writes,
      deliveries,
      now: this.#now,
      taken,
      parts: () => this.parts(number),
    })
  }

  /**
   * Lets go of every claim, so that what a dead worker had in hand is due at once and not when its lease ends. Only for
   * whoever knows that no worker lives: one that does can write nothing any more, but may send a second time.
   */
  async releaseClaims(): Promise<void> {
    await transaction(this.#db, async (trx) => {
      await trx
        .from('messages')
        .whereNotNull('lease_until')
        .update({ lease: trx.raw('lease + 1'), lease_until: null })
    })
  }

  /** @throws NotFound for a message that is not there or not for this viewer: both look the same */
  async message(number: number, viewer: Viewer): Promise<Message> {
    const rows = selectMessages(this.#db).where('messages.number', number).limit(1)
    restrict(rows, viewer)
    const [row] = await rows
    if (!row) throw new NotFound('E_NO_MESSAGE', `No message ${number} for this viewer`)
    return fromRow(row)
  }

  /** Messages that the viewer may see, newest first. */
  find(query: Query, viewer: Viewer): Promise<Page> {
    return find(this.#db, query, viewer)
  }

  /** How many messages are in each state, for the administrator. */
  async states(): Promise<Map<string, number>> {
    const rows: { state: string; total: number }[] = await this.#db
      .from('messages')
      .select('state')
      .count('* as total')
      .groupBy('state')
    return new Map(rows.map((row) => [row.state, Number(row.total)]))
  }

  /** The leaves of a message in their order, as planned; empty until it was processed. */
  async parts(number: number): Promise<Part[]> {
    const rows: PartRow[] = await this.#db.from('parts').where('number', number).orderBy('position')
    return rows.map(partFromRow)
  }

  /** The original's bytes, or a range of them with `end` exclusive. */
  original(message: Message, range?: { start: number; end?: number }): AsyncIterable<Buffer> {
    return this.#originals.read(message, range)
  }

  /** As `original`, in pieces of which the reader keeps nothing: each is his until he asks for the next one. */
  lend(message: Message, range?: { start: number; end?: number }): AsyncIterable<Buffer> {
    return this.#originals.lend(message, range)
  }

  /** The bytes that one recipient got or gets. */
  form(message: Message, delivery: Delivery): AsyncIterable<Buffer> {
    return this.made(message, this.recipe(delivery))
  }

  /** How a recipient's form is made from the original. @throws NotFound `E_NO_FORM` before it is fixed */
  recipe(delivery: Delivery): Recipe {
    if (!delivery.form) {
      throw new NotFound('E_NO_FORM', `Delivery ${delivery.id} has no form yet`)
    }
    return decodeRecipe(this.#blobs.read(delivery.form.recipe))
  }

  /** What a recipe makes of a message: the bytes that go over the wire, before dot-stuffing. */
  made(message: Message, recipe: Recipe): AsyncIterable<Buffer> {
    const read = (start: number, end: number) => this.original(message, { start, end })
    return wire(applyRecipe(read, recipe))
  }

  /** Decides about a held message (see Decisions). */
  decide(
    number: number,
    decision: Decision,
    alongside?: (trx: Trx, message: Message) => Promise<void>
  ): Promise<Outcome> {
    return this.#decisions.decide(number, decision, alongside)
  }

  /** Confirms or refuses what another person asked for (see Decisions). */
  answer(number: number, answer: Answer): Promise<void> {
    return this.#decisions.answer(number, answer)
  }

  /** Leaves a ledger entry that somebody read, exported or fetched a message. */
  async witness(
    type: 'read' | 'exported',
    message: Message,
    detail: { actor: number; what: string; why?: string }
  ): Promise<void> {
    await transaction(this.#db, async (trx) => {
      await this.#ledger.append(trx, [
        { type, number: message.number, original: message.sha256, detail },
      ])
    })
  }

  /** Leaf index of the entry with which a message was accepted. */
  async entryOf(message: Message): Promise<number> {
    const [entry] = await this.#ledger.entries({
      number: message.number,
      type: 'accepted',
      limit: 1,
    })
    if (!entry) {
      throw new IntegrityError('E_NO_ENTRY', `Message ${message.number} is not in the ledger`)
    }
    return entry.index
  }

  /**
   * Compares originals with the ledger's accepted entries and yields a sentence per problem: an original without
   * its entry, an entry without its original, a digest that differs, bytes that are not the original's.
   */
  verifyOriginals(): AsyncGenerator<string> {
    return verifyOriginals(this.#db, this.#blobs, this.#ledger)
  }
}
