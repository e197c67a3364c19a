import type { Database } from '@adonisjs/lucid/database'
import type { Ledger } from '#ledger'
import { transaction, type Trx } from '#transaction'
import type { Message, Verb } from './message.ts'

const KEY = 'four_eyes'

/** A decision that waits for a second person. */
export interface DecisionRequest {
  number: number
  verb: Verb
  /** Account number of who asked for it. */
  actor: number
  why: string
  at: Date
}

interface Row {
  number: number
  verb: Verb
  actor: number
  why: string
  asked_at: number
}

/** Verbs that need a second person where the installation wants it: they let attachments out for good. */
export const needsSecond: ReadonlySet<Verb> = new Set(['send_unchanged'])

/**
 * The option that a mail leaves unchanged only when two administrators want it, and the requests that wait for the
 * second. A request is good for the message as it was held then, and gone as soon as anything happens to it.
 */
export class FourEyes {
  #db: Database
  #ledger: Ledger
  #now: () => Date

  constructor(options: { db: Database; ledger: Ledger; now: () => Date }) {
    this.#db = options.db
    this.#ledger = options.ledger
    this.#now = options.now
  }

  async isOn(trx: Trx | Database = this.#db): Promise<boolean> {
    const row: { value: string } | null = await trx.from('settings').where('key', KEY).first()
    return row?.value === 'true'
  }

  /** Switches the option; a ledger entry says who did. Nothing happens when it is so already. */
  async set(on: boolean, actor: number): Promise<void> {
    await transaction(this.#db, async (trx) => {
      if ((await this.isOn(trx)) === on) return
      await trx.from('settings').where('key', KEY).delete()
      await trx
        .insertQuery()
        .table('settings')
        .insert({ key: KEY, value: String(on) })
      const detail = { setting: KEY, value: on, actor }
      await this.#ledger.append(trx, [{ type: 'configured', number: null, original: null, detail }])
    })
  }

  /** Requests that wait, by number of the message. */
  async open(
    numbers: number[],
    trx: Trx | Database = this.#db
  ): Promise<Map<number, DecisionRequest>> {
    const rows: Row[] = await trx
      .from('decision_requests')
      .join('messages', (join) => {
        join
          .on('messages.number', 'decision_requests.number')
          .andOn('messages.lease', 'decision_requests.lease')
      })
      .select('decision_requests.*')
      .where('messages.state', 'held')
      .whereIn('decision_requests.number', numbers)
    return new Map(
      rows.map(({ number, verb, actor, why, asked_at: at }) => [
        number,
        { number, verb, actor, why, at: new Date(Number(at)) },
      ])
    )
  }

  /** Writes a request down; an old one that nobody may answer any more gives way. */
  async ask(
    trx: Trx,
    message: Message,
    request: Pick<DecisionRequest, 'verb' | 'actor' | 'why'>
  ): Promise<void> {
    await this.forget(trx, message.number)
    const { lease }: { lease: number } = await trx
      .from('messages')
      .select('lease')
      .where('number', message.number)
      .firstOrFail()
    await trx
      .insertQuery()
      .table('decision_requests')
      .insert({ number: message.number, ...request, lease, asked_at: this.#now().getTime() })
  }

  async forget(trx: Trx, number: number): Promise<void> {
    await trx.from('decision_requests').where('number', number).delete()
  }
}
