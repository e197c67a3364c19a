import type { Deliveries, DeliveryResult, Form } from '#delivery'
import { Refused } from '#errors'
import type { LedgerEvent } from '#ledger'
import { change, insert, update, type Value } from '#prepared'
import { telemetry } from '#telemetry'
import type { Trx } from '#transaction'
import type { HoldReason, Message, MessageState } from './message.ts'
import { type Part, toRow } from './part.ts'
import type { SharedWrites } from './shared_writes.ts'

/**
 * How long a claim lasts without being renewed, in milliseconds: several renewals may fail before it is lost. Shorter than the
 * queue takes to find that a worker died, so that whoever gets its job then finds the mail free.
 */
export const LEASE = 30_000

type Event = Omit<LedgerEvent, 'number' | 'original'>

/** What is written beside the message's own row; the events go to the ledger. */
type Work = (trx: Trx) => Promise<void | Event[]>

const NOTHING: Work = async () => {}

const ENDED = { reason: null, explanation: null, next_at: null }

interface ClaimOptions {
  writes: SharedWrites
  deliveries: Deliveries
  now: () => Date
  message: Message
  lease: number
}

/**
 * One message in the hands of one worker. Whatever the worker finds out is written under the claim's number: a
 * worker that stalled until somebody else took over can no longer write anything.
 *
 * Every method throws Refused `E_CLAIM_LOST` once that has happened.
 */
export class Claim {
  readonly message: Message
  #options: ClaimOptions
  #renewal: NodeJS.Timeout
  /** The message has a new state and is in nobody's hands. */
  #released = false

  constructor(options: ClaimOptions) {
    this.#options = options
    this.message = options.message
    this.#renewal = setInterval(() => {
      this.#write(async () => {}).catch((error) => {
        if (this.#released) return
        telemetry.failed({ what: `renew the claim on message ${this.message.number}`, error })
      })
    }, LEASE / 4)
    this.#renewal.unref()
  }

  /** Writes the part table and the plan, once. */
  async plan(parts: Part[], plan: Record<string, unknown>, digest: string): Promise<void> {
    const { number } = this.message
    const replaced = parts.filter((part) => part.action === 'replace').length
    await this.#write(
      async (trx) => {
        await change(trx, 'DELETE FROM parts WHERE number = ?', [number])
        await insert(
          trx,
          'parts',
          parts.map((part, position) => toRow(number, position, part))
        )
        return [{ type: 'planned', detail: { plan: digest, replaced } }]
      },
      { plan: JSON.stringify(plan), attachments: replaced }
    )
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
  }

  /** Writes what belongs to the message elsewhere, as long as it is in this worker's hands. */
  async write(work: (trx: Trx) => Promise<void>): Promise<void> {
    await this.#write(work)
  }

  /** Writes the outcome of scanning the original and all parts, and an entry into the ledger. */
  async scanned(
    detail: { verdict: string; parts: number; detail: string | null },
    alongside: (trx: Trx) => Promise<void> = async () => {}
  ): Promise<void> {
    await this.#write(
      async (trx) => {
        await alongside(trx)
        return [{ type: 'scanned', detail }]
      },
      { verdict: detail.verdict }
    )
    this.message.verdict = detail.verdict
  }

  /** Fixes what one recipient gets, before the first attempt to send it. */
  async form(
    delivery: number,
    form: Form,
    alongside: (trx: Trx) => Promise<void> = async () => {}
  ): Promise<void> {
    await this.#write(async (trx) => {
      await alongside(trx)
      await this.#options.deliveries.fix(trx, delivery, form)
    })
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
    const work = async (trx: Trx): Promise<Event[]> => {
      const written = await this.#options.deliveries.record(trx, delivery.id, result)
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
    const { lease, writes } = this.#options
    await writes.write(async (trx) => {
      await change(trx, 'UPDATE messages SET lease_until = NULL WHERE number = ? AND lease = ?', [
        this.message.number,
        lease,
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

  /**
   * Writes under the claim: the first statement changes the message and renews the lease, or finds it lost; the last appends
   * to the ledger.
   */
  async #write(work: Work, changes: Record<string, Value> = {}): Promise<void> {
    const { number, sha256 } = this.message
    const { lease, now, writes } = this.#options
    await writes.write(async (trx) => {
      const mine = await update(
        trx,
        'messages',
        { lease_until: now().getTime() + LEASE, ...changes },
        'number = ? AND lease = ? AND lease_until IS NOT NULL',
        [number, lease]
      )
      if (mine === 0) {
        throw new Refused('E_CLAIM_LOST', `Another worker took over message ${number}`)
      }
      const events = (await work(trx)) ?? []
      return {
        result: undefined,
        events: events.map((event) => ({ ...event, number, original: sha256 })),
      }
    })
  }
}
