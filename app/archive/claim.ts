import type { Deliveries, Delivery, DeliveryResult, Form } from '#delivery'
import { Refused } from '#errors'
import type { LedgerEvent } from '#ledger'
import { change, insert, update, type Value } from '#prepared'
import { telemetry } from '#telemetry'
import type { Trx } from '#transaction'
import type { HoldReason, Message, MessageState } from './message.ts'
import { type Part, toRow } from './part.ts'
import type { SharedWrites } from './shared_writes.ts'
import { LEASE, type Taken } from './taking.ts'

type Event = Omit<LedgerEvent, 'number' | 'original'>

/** What is written beside the message's own row; the events go to the ledger. */
type Work = (trx: Trx) => Promise<void | Event[]>

/** What is written, and what changes in the message's own row. */
interface Change {
  work: Work
  changes: Record<string, Value>
}

const NOTHING: Work = async () => {}

const ENDED = { reason: null, explanation: null, next_at: null }

interface ClaimOptions {
  writes: SharedWrites
  deliveries: Deliveries
  now: () => Date
  taken: Taken
  /** Reads the part table as it stands. */
  parts: () => Promise<Part[]>
}

/**
 * One message in the hands of one worker. Whatever the worker finds out is written under the claim's number: a
 * worker that stalled until somebody else took over can no longer write anything.
 *
 * Every method that writes throws Refused `E_CLAIM_LOST` once that has happened.
 *
 * What only this worker may change is read once and kept here. What was found out without leaving the process (plan, outcome of
 * scanning) is written with whatever is written next: before anything leaves, `settle` must have resolved. A write that fails
 * takes with it what waited for it, and the run is over: the next one finds it out again.
 */
export class Claim {
  readonly message: Message
  /** In the order of the recipients, as this worker left them. */
  readonly deliveries: Delivery[]
  /** The first small forms that this run fixed, by delivery: they need not be made again to be sent. */
  readonly forms = new Map<number, Buffer>()
  #options: ClaimOptions
  #parts: Part[] | undefined
  #waiting: Change[] = []
  #renewal: NodeJS.Timeout
  /** The message has a new state and is in nobody's hands. */
  #released = false

  constructor(options: ClaimOptions) {
    this.#options = options
    this.message = options.taken.message
    this.deliveries = options.taken.deliveries
    this.#renewal = setInterval(() => {
      this.#commit([]).catch((error) => {
        if (this.#released) return
        telemetry.failed({ what: `renew the claim on message ${this.message.number}`, error })
      })
    }, LEASE / 4)
    this.#renewal.unref()
  }

  /** The leaves of the message in their order, as planned; empty until it was. */
  async parts(): Promise<Part[]> {
    return (this.#parts ??= await this.#options.parts())
  }

  /** Writes the part table and the plan, once; with the next write. */
  plan(parts: Part[], plan: Record<string, unknown>, digest: string): void {
    const { number } = this.message
    const { lease } = this.#options.taken
    const replaced = parts.filter((part) => part.action === 'replace').length
    this.#later(
      async (trx) => {
        // Whoever had it before may have got so far.
        if (lease > 1) await change(trx, 'DELETE FROM parts WHERE number = ?', [number])
        await insert(
          trx,
          'parts',
          parts.map((part, position) => toRow(number, position, part))
        )
        return [{ type: 'planned', detail: { plan: digest, replaced } }]
      },
      { plan: JSON.stringify(plan), attachments: replaced }
    )
    this.#parts = parts
    this.message.plan = plan
    this.message.attachments = replaced
  }

  /** Writes down what was found out about one part: size and digest of its decoded bytes, the scanner's verdict. */
  async part(
    path: string,
    facts: Partial<Pick<Part, 'size' | 'sha256' | 'verdict' | 'verdictDetail'>>,
    alongside: (trx: Trx) => Promise<void> = async () => {}
  ): Promise<void> {
    const { verdictDetail, ...same } = facts
    const changes = verdictDetail === undefined ? same : { ...same, verdict_detail: verdictDetail }
    await this.#write(async (trx) => {
      await alongside(trx)
      await update(trx, 'parts', changes, 'number = ? AND path = ?', [this.message.number, path])
    })
    Object.assign(this.#parts?.find((part) => part.path === path) ?? {}, facts)
  }

  /** Writes what belongs to the message elsewhere, as long as it is in this worker's hands. */
  async write(work: (trx: Trx) => Promise<void>): Promise<void> {
    await this.#write(work)
  }

  /** Writes the outcome of scanning the original and all parts, and an entry into the ledger; with the next write. */
  scanned(
    detail: { verdict: string; parts: number; detail: string | null },
    alongside: (trx: Trx) => Promise<void> = async () => {}
  ): void {
    this.#later(
      async (trx) => {
        await alongside(trx)
        return [{ type: 'scanned', detail }]
      },
      { verdict: detail.verdict }
    )
    this.message.verdict = detail.verdict
  }

  /** Fixes what recipients get, by delivery, before the first attempt to send it. */
  async fix(forms: Map<number, Form>, alongside: Work = NOTHING): Promise<void> {
    await this.#write(async (trx) => {
      const events = await alongside(trx)
      for (const [id, form] of forms) await this.#options.deliveries.fix(trx, id, form)
      return events
    })
    for (const delivery of this.deliveries) delivery.form ??= forms.get(delivery.id) ?? null
  }

  /** Writes what waits for a write. Nothing leaves before. */
  async settle(): Promise<void> {
    if (this.#waiting.length > 0) await this.#write(NOTHING)
  }

  /**
   * Writes down how an attempt ended, with a ledger entry when it was the last.
   *
   * @param options.alongside writes in the same transaction
   * @param options.finish ends the processing of the message with it
   */
  async delivery(
    delivery: { id: number; recipient: string; form: { sha256: string } | null },
    result: DeliveryResult,
    options: { alongside?: (trx: Trx) => Promise<void>; finish?: 'done' | 'failed' } = {}
  ): Promise<void> {
    const { alongside, finish } = options
    const { deliveries } = this.#options
    let now: Delivery | undefined
    const work = async (trx: Trx): Promise<Event[]> => {
      const written = await deliveries.record(trx, delivery.id, result)
      now = written ?? (await deliveries.one(trx, delivery.id))
      await alongside?.(trx)
      if (!written || result.status === 'deferred') return []
      return [
        {
          type: result.status === 'delivered' ? 'delivered' : 'bounced',
          detail: {
            delivery: delivery.id,
            recipient: delivery.recipient,
            form: delivery.form?.sha256 ?? null,
            reply: result.reply,
          },
        },
      ]
    }
    await (finish ? this.#state(finish, work, ENDED) : this.#write(work))
    const position = this.deliveries.findIndex(({ id }) => id === delivery.id)
    this.deliveries[position] = now!
  }

  /** Hands the message to a person. `alongside` writes in the same transaction, such as a notice to the sender. */
  async hold(
    reason: HoldReason,
    explanation: string,
    alongside: (trx: Trx) => Promise<void> = async () => {}
  ): Promise<void> {
    const work = async (trx: Trx): Promise<Event[]> => {
      await alongside(trx)
      return [{ type: 'held', detail: { reason, explanation } }]
    }
    await this.#state('held', work, { reason, explanation, next_at: null })
    telemetry.held({ number: this.message.number, reason })
  }

  /** Puts the message back until `until`. */
  async wait(reason: HoldReason, explanation: string, until: Date): Promise<void> {
    await this.#state('waiting', NOTHING, {
      reason,
      explanation,
      next_at: until.getTime(),
      attempts: this.message.attempts + 1,
    })
  }

  /** Ends the processing of the message. */
  async finish(state: 'done' | 'failed'): Promise<void> {
    await this.#state(state, NOTHING, ENDED)
  }

  /** Gives the message out of hand. What is due stays due. */
  async close(): Promise<void> {
    clearInterval(this.#renewal)
    if (this.#released) return
    const { taken, writes } = this.#options
    await writes.write(async (trx) => {
      await change(trx, 'UPDATE messages SET lease_until = NULL WHERE number = ? AND lease = ?', [
        this.message.number,
        taken.lease,
      ])
      return { result: undefined }
    })
  }

  /** A new state lets the message go, and the worker has nothing more to write. */
  async #state(state: MessageState, work: Work, changes: Record<string, Value>): Promise<void> {
    await this.#write(work, { ...changes, state, lease_until: null })
    this.#released = true
    telemetry.processed({ number: this.message.number, state })
  }

  #later(work: Work, changes: Record<string, Value>): void {
    this.#waiting.push({ work, changes })
  }

  #write(work: Work, changes: Record<string, Value> = {}): Promise<void> {
    return this.#commit([...this.#waiting.splice(0), { work, changes }])
  }

  /**
   * Writes under the claim: the first statement changes the message and renews the lease, or finds it lost; the last appends
   * to the ledger.
   */
  async #commit(all: Change[]): Promise<void> {
    const { number, sha256 } = this.message
    const { taken, now, writes } = this.#options
    await writes.write(async (trx) => {
      const mine = await update(
        trx,
        'messages',
        Object.assign(
          { lease_until: now().getTime() + LEASE },
          ...all.map(({ changes }) => changes)
        ),
        'number = ? AND lease = ? AND lease_until IS NOT NULL',
        [number, taken.lease]
      )
      if (mine === 0) {
        throw new Refused('E_CLAIM_LOST', `Another worker took over message ${number}`)
      }
      const events: Event[] = []
      for (const { work } of all) events.push(...((await work(trx)) ?? []))
      return {
        result: undefined,
        events: events.map((event) => ({ ...event, number, original: sha256 })),
      }
    })
  }
}
