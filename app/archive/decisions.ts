import type { Database } from '@adonisjs/lucid/database'
import type { Deliveries } from '#delivery'
import { NotFound, Refused } from '#errors'
import type { Ledger, LedgerEvent } from '#ledger'
import { transaction, type Trx } from '#transaction'
import { type FourEyes, needsSecond } from './four_eyes.ts'
import {
  fromRow,
  type Message,
  type MessageRow,
  type Override,
  type Verb,
  verbsOf,
  wantsReason,
} from './message.ts'

export interface Decision {
  verb: Verb
  /** Account number of the person. */
  actor: number
  /** Why; needed by verbs that let something out against the rule. */
  why?: string
}

/** A second person's word on a decision that somebody else asked for. */
export interface Answer {
  confirms: boolean
  /** Account number of the person. */
  actor: number
  /** Why not, where he refuses. */
  why?: string
}

/** `requested`: nothing has happened yet, a second person has to confirm. */
export type Outcome = 'decided' | 'requested'

/**
 * What a person decides about a held message. The decision, the message's next state and the ledger entry are one
 * transaction; two people who decide at once get one decision and one refusal.
 */
export class Decisions {
  #db: Database
  #ledger: Ledger
  #deliveries: Deliveries
  #fourEyes: FourEyes
  #now: () => Date

  constructor(options: {
    db: Database
    ledger: Ledger
    deliveries: Deliveries
    fourEyes: FourEyes
    now: () => Date
  }) {
    this.#db = options.db
    this.#ledger = options.ledger
    this.#deliveries = options.deliveries
    this.#fourEyes = options.fourEyes
    this.#now = options.now
  }

  /**
   * @param alongside writes in the same transaction, such as the mail that returns a message to its sender
   * @throws NotFound no such message · Refused `E_NOT_HELD`, `E_VERB`, `E_REASON_MISSING`, `E_REQUESTED` (somebody asked
   * for it already: answer that)
   */
  async decide(
    number: number,
    decision: Decision,
    alongside: (trx: Trx, message: Message) => Promise<void> = async () => {}
  ): Promise<Outcome> {
    const why = decision.why?.trim() ?? ''
    if (wantsReason.has(decision.verb) && why === '') {
      throw new Refused('E_REASON_MISSING', `${decision.verb} needs a reason`)
    }
    return transaction(this.#db, async (trx) => {
      const message = await this.#held(trx, number, decision.verb)
      if (needsSecond.has(decision.verb) && (await this.#fourEyes.isOn(trx))) {
        await this.#request(trx, message, decision, why)
        return 'requested'
      }
      await alongside(trx, message)
      await this.#apply(trx, message, decision.verb)
      await this.#ledger.append(trx, [this.#event(message, decision, why)])
      return 'decided'
    })
  }

  /**
   * Confirms or refuses what another person asked for. Refused, the message stays held.
   *
   * @throws NotFound no such message · Refused `E_NOT_HELD`, `E_NO_REQUEST`, `E_SAME_PERSON` (nobody confirms himself; he
   * may take his request back)
   */
  async answer(number: number, answer: Answer): Promise<void> {
    await transaction(this.#db, async (trx) => {
      const message = await this.#held(trx, number)
      const request = (await this.#fourEyes.open([number], trx)).get(number)
      if (!request || !verbsOf[message.reason!].includes(request.verb)) {
        throw new Refused('E_NO_REQUEST', `Nothing is asked for message ${number}`)
      }
      if (answer.confirms && request.actor === answer.actor) {
        throw new Refused('E_SAME_PERSON', `The request for message ${number} is his own`)
      }
      if (answer.confirms) {
        await this.#apply(trx, message, request.verb)
        const event = this.#event(message, { ...request, actor: answer.actor }, request.why)
        event.detail.requested = request.actor
        await this.#ledger.append(trx, [event])
        return
      }
      await this.#fourEyes.forget(trx, number)
      const { verb } = request
      const why = answer.why?.trim() ?? ''
      await this.#ledger.append(trx, [
        still(message, { request: 'refused', verb, actor: answer.actor, why }),
      ])
    })
  }

  async #request(trx: Trx, message: Message, { verb, actor }: Decision, why: string) {
    const { number } = message
    if ((await this.#fourEyes.open([number], trx)).has(number)) {
      throw new Refused('E_REQUESTED', `${verb} is asked for message ${number} already`)
    }
    await this.#fourEyes.ask(trx, message, { verb, actor, why })
    await this.#ledger.append(trx, [still(message, { request: 'asked', verb, actor, why })])
  }

  async #held(trx: Trx, number: number, verb?: Verb): Promise<Message> {
    // Taking the row by a write first makes the second of two people wait, and then find it no longer held.
    const held = await trx
      .from('messages')
      .where({ number, state: 'held' })
      .update({ lease_until: null })
    const row: MessageRow | null = await trx
      .from('messages')
      .join('originals', 'originals.number', 'messages.number')
      .select('messages.*', 'originals.sha256', 'originals.blob')
      .where('messages.number', number)
      .first()
    if (!row) throw new NotFound('E_NO_MESSAGE', `No message ${number}`)
    if (Number(held) === 0 || row.reason === null) {
      throw new Refused('E_NOT_HELD', `Message ${number} is ${row.state}, not held`)
    }
    if (verb && !verbsOf[row.reason].includes(verb)) {
      throw new Refused('E_VERB', `A message held as ${row.reason} cannot be decided by ${verb}`)
    }
    return fromRow(row)
  }

  async #apply(trx: Trx, message: Message, verb: Verb): Promise<void> {
    await this.#fourEyes.forget(trx, message.number)
    const row = trx.from('messages').where('number', message.number)
    if (verb === 'return' || verb === 'delete') {
      await this.#deliveries.cancel(trx, message.number)
      await row.update({ state: verb === 'return' ? 'returned' : 'deleted', next_at: null })
      return
    }
    const overrides: Partial<Record<Verb, Override>> = {
      send_unchanged: 'unchanged',
      release: 'unchecked',
    }
    await row.update({
      state: 'accepted',
      reason: null,
      explanation: null,
      next_at: this.#now().getTime(),
      override: overrides[verb] ?? message.override,
      // What was found infected stays so until a scan says clean: nothing else lets it out.
      ...(verb === 'retry' && message.verdict !== 'infected' ? { verdict: null } : {}),
    })
    if (verb === 'retry')
      await trx.from('parts').where('number', message.number).update({ verdict: null })
  }

  #event(message: Message, decision: Decision, why: string): LedgerEvent {
    return {
      type: decision.verb === 'return' || decision.verb === 'delete' ? 'returned' : 'released',
      number: message.number,
      original: message.sha256,
      detail: { verb: decision.verb, held: message.reason, actor: decision.actor, why },
    }
  }
}

/** An entry about a message that stays held. */
function still(message: Message, detail: LedgerEvent['detail']): LedgerEvent {
  return {
    type: 'held',
    number: message.number,
    original: message.sha256,
    detail: { reason: message.reason, ...detail },
  }
}
