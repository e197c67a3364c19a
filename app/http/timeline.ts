import type { LedgerEntry } from '#ledger'
import type { I18n } from '@adonisjs/i18n'
import { Formats } from '../formats.ts'
import { isolated, plainLine } from '../plain_line.ts'
import { timeZone } from '#config/app'
import { foundInWords, problemsInWords } from './problems.ts'
import { actorNames } from './actor_names.ts'

/** One line of a mail's history, for the component `steps`. */
export interface Step {
  at: Date
  text: string
  detail?: string
  kind: '' | 'good' | 'warn' | 'bad' | 'open'
}

type Detail = NonNullable<LedgerEntry['detail']>

/**
 * A mail's ledger entries in words.
 *
 * @param options.files whether names of files are told: not to administrators, who see no content
 */
export async function timeline(
  entries: LedgerEntry[],
  i18n: I18n,
  options: { files: boolean }
): Promise<Step[]> {
  const actors = entries.map(({ detail }) => detail?.actor)
  const names = await actorNames(actors.filter((actor) => typeof actor === 'number'))
  return entries.map((entry) => {
    const detail = entry.detail ?? {}
    return { at: entry.at, ...words(entry, detail, new Teller(i18n, names, options.files)) }
  })
}

class Teller {
  readonly tellsFiles: boolean
  #i18n: I18n
  #names: Map<number, string>
  #formats: Formats

  constructor(i18n: I18n, names: Map<number, string>, tellsFiles: boolean) {
    this.tellsFiles = tellsFiles
    this.#i18n = i18n
    this.#names = names
    this.#formats = new Formats(i18n.locale, timeZone)
  }

  say(key: string, facts: Record<string, string | number> = {}): string {
    return this.#i18n.t(`mail.${key}`, facts)
  }

  actor({ actor }: Detail): string {
    return isolated(this.#names.get(Number(actor)) ?? this.say('somebody'))
  }

  /** Why a mail is held, as `foundInWords`. */
  found({ reason, explanation }: Detail): string {
    return typeof explanation === 'string' ? foundInWords(reason, explanation, this.#i18n) : ''
  }

  /** What a scan says, unless it found something: then it is the name of that. */
  scanned(verdict: string, detail: string): string {
    return verdict === 'infected' ? detail : problemsInWords(detail, this.#i18n)
  }

  date(value: unknown): string {
    return typeof value === 'string' ? this.#formats.date(new Date(value)) : ''
  }
}

function words(entry: LedgerEntry, detail: Detail, tell: Teller): Omit<Step, 'at'> {
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  const recipient = isolated(text(detail.recipient))
  switch (entry.type) {
    case 'accepted':
      return { text: tell.say('step_accepted', { number: String(entry.number) }), kind: '' }
    case 'planned':
      return { text: tell.say('step_planned', { count: Number(detail.replaced ?? 0) }), kind: '' }
    case 'scanned': {
      const verdict = text(detail.verdict) || 'unknown'
      const kind = { clean: 'good', infected: 'bad' }[verdict] ?? 'warn'
      return {
        text: tell.say(`step_scanned_${verdict}`),
        // Where scanning is off the words have said so.
        detail: verdict === 'off' ? '' : plainLine(tell.scanned(verdict, text(detail.detail))),
        kind: kind as Step['kind'],
      }
    }
    case 'held':
      if (detail.request) {
        return {
          text: tell.say(`step_request_${text(detail.request)}`, { actor: tell.actor(detail) }),
          detail: plainLine(text(detail.why), 1000),
          kind: 'warn',
        }
      }
      return {
        text: tell.say('step_held', { reason: tell.say(`reason_${text(detail.reason)}`) }),
        detail: detail.reason === 'no_relay' ? '' : plainLine(tell.found(detail), 600),
        kind: 'warn',
      }
    case 'released':
    case 'returned':
      return {
        text: tell.say(`step_${text(detail.verb) || entry.type}`, { actor: tell.actor(detail) }),
        detail: plainLine(text(detail.why), 1000),
        kind: entry.type === 'returned' ? 'bad' : '',
      }
    case 'delivered':
    case 'bounced':
      return {
        text: tell.say(`step_${entry.type}`, { recipient }),
        detail: plainLine(text(detail.reply)),
        kind: entry.type === 'delivered' ? 'good' : 'bad',
      }
    case 'link_issued':
      return {
        text: tell.say('step_link_issued', { recipient, date: tell.date(detail.expiresAt) }),
        kind: '',
      }
    case 'link_confirmed':
      return { text: tell.say('step_link_confirmed', { recipient }), kind: '' }
    case 'link_downloaded': {
      const key = tell.tellsFiles ? 'step_link_downloaded' : 'step_link_downloaded_some'
      return { text: tell.say(key, { recipient, file: isolated(text(detail.name)) }), kind: 'good' }
    }
    case 'link_revoked':
      return {
        text: tell.say('step_link_revoked', { recipient, actor: tell.actor(detail) }),
        kind: 'bad',
      }
    case 'link_extended':
    case 'link_renewed':
    case 'link_sent':
    case 'link_refused':
      return {
        text: tell.say(`step_${entry.type}`, {
          recipient,
          actor: tell.actor(detail),
          date: tell.date(detail.expiresAt),
        }),
        kind: '',
      }
    case 'read':
      return {
        text: tell.say('step_read', { actor: tell.actor(detail) }),
        detail: plainLine(text(detail.why), 1000),
        kind: 'open',
      }
    default:
      return { text: tell.say(`step_${entry.type}`, { actor: tell.actor(detail) }), kind: 'open' }
  }
}
