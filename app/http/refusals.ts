import { Archive, verbsOf, type HoldReason, type Verb } from '#archive'
import type { NotFound, Refused } from '#errors'
import { Ledger } from '#ledger'
import { inject } from '@adonisjs/core'
import type { I18n } from '@adonisjs/i18n'
import { timeline } from './timeline.ts'

const texts: Record<string, string> = {
  E_REASON_MISSING: 'reason_missing',
  E_REQUESTED: 'already_requested',
  E_SAME_PERSON: 'same_person',
  E_NO_REQUEST: 'no_request',
  E_NO_MESSAGE: 'no_message',
}

/** Says in words why a decision about a held mail was not taken. */
@inject()
export class Refusals {
  constructor(
    private archive: Archive,
    private ledger: Ledger
  ) {}

  async told(
    error: Refused | NotFound,
    wanted: { number: number; verb?: Verb },
    i18n: I18n
  ): Promise<string> {
    const number = String(wanted.number)
    const text = texts[error.code]
    if (text) return i18n.t(`admin.${text}`, { number })
    if (error.code === 'E_NOT_HELD') return this.#decided(wanted.number, i18n)
    const { reason } = await this.archive.message(wanted.number, 'everything')
    // What it was held for may have changed since.
    if (reason === null) return this.#decided(wanted.number, i18n)
    return i18n.t('admin.verb_does_not_fit', {
      number,
      verb: i18n.t(`mail.verb_${wanted.verb}`),
      reason: i18n.t(`mail.reason_${reason}`),
      verbs: verbsOf[reason].map((verb) => i18n.t(`mail.${wordOf(verb, reason)}`)).join(', '),
    })
  }

  /** What was decided instead, and by whom; or where the mail is. */
  async #decided(number: number, i18n: I18n): Promise<string> {
    const message = await this.archive.message(number, 'everything')
    const entries = await this.ledger.entries({ number, limit: 500 })
    const last = entries.findLast(({ type }) => type === 'released' || type === 'returned')
    const facts = { number: String(number), state: i18n.t(`mail.state_${message.state}`) }
    if (!last) return i18n.t('admin.not_held', facts)
    const [step] = await timeline([last], i18n, { files: false })
    return i18n.t('admin.already_decided', { ...facts, decision: step!.text })
  }
}

/** Trying again what is infected means to scan it again. */
function wordOf(verb: Verb, reason: HoldReason): string {
  return reason === 'infected' && verb === 'retry' ? 'verb_scan_again' : `verb_${verb}`
}
