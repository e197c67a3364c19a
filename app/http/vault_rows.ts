import { timeZone } from '#config/app'
import type { Crumb, FileVerdict, VaultEntry, VaultFile } from '#vault'
import type { I18n } from '@adonisjs/i18n'
import string from '@adonisjs/core/helpers/string'
import { fileKind, fileType } from '../file_kind.ts'
import { Formats } from '../formats.ts'
import { isolated, plainLine } from '../plain_line.ts'
import { previewOf } from './preview.ts'
import { problemsInWords } from './problems.ts'

/** One state of a file, in words. */
interface StateWords {
  kind: '' | 'good' | 'info' | 'warn' | 'bad'
  icon: string
  text: string
  title: string
}

const looks = {
  pending: { kind: 'info', icon: 'clock' },
  clean: { kind: '', icon: 'check' },
  infected: { kind: 'bad', icon: 'alert' },
  unchecked: { kind: 'warn', icon: 'refused' },
  unscanned: { kind: '', icon: 'info' },
  released: { kind: 'warn', icon: 'unlock' },
} as const

export const kindOf = (verdict: FileVerdict) => looks[verdict].kind

/** Rows of a vault's list, as components/vault/row.edge shows them: everything is worded here, once for each. */
export class VaultRows {
  readonly #base: string
  readonly #viewerId: number
  readonly #i18n: I18n
  readonly #formats: Formats

  /** @param base address of the vault */
  constructor(base: string, viewerId: number, i18n: I18n) {
    this.#base = base
    this.#viewerId = viewerId
    this.#i18n = i18n
    this.#formats = new Formats(i18n.locale, timeZone)
  }

  /** @param path where it lies, when the list is of several folders */
  of(entry: VaultEntry, path?: Crumb[]) {
    const row = this.#row(entry)
    if (!path) return row
    const place = `/${path.map(({ name }) => plainLine(name)).join('/')}`
    const state: StateWords = { kind: '', icon: 'folder', text: place, title: place }
    return { ...row, states: [...row.states, state] }
  }

  #row(entry: VaultEntry) {
    const common = {
      id: entry.id,
      kind: entry.kind,
      name: entry.name,
      shown: plainLine(entry.name),
      changed: this.#formats.dateTime(entry.changedAt),
      changedIso: entry.changedAt.toISOString(),
      madeBy: plainLine(entry.madeBy, 120),
      changedBy: plainLine(entry.changedBy, 120) || '–',
    }
    return entry.kind === 'folder'
      ? { ...common, ...this.#folder(entry.id) }
      : { ...common, ...this.#file(entry) }
  }

  #folder(id: number) {
    const href = `${this.#base}/ordner/${id}`
    return {
      bytes: '',
      href,
      opens: ' data-visit',
      attributes: attributes({ open: href }),
      look: { style: 'folder', label: '' },
      states: [] as StateWords[],
      type: this.#i18n.t('vaults.folder'),
      size: '',
      facts: this.#i18n.t('vaults.folder'),
    }
  }

  #file(file: VaultFile) {
    const address = `${this.#base}/dateien/${file.id}`
    const details = `${address}/details`
    const look = previewOf(file) ? `${address}/vorschau` : undefined
    const size = this.#formats.size(file.size)
    return {
      bytes: String(file.size),
      href: look ?? details,
      opens: look ? ' data-look' : ' data-details',
      attributes: attributes({
        state: file.gone ? 'gone' : file.verdict,
        ...this.#lockFor(file),
        download: file.downloadable ? address : undefined,
        look,
        details,
        media: file.type,
      }),
      look: fileKind(file.name),
      states: this.statesOf(file),
      type: this.#i18n.t(`vaults.type_${fileType(file.name)}`),
      size,
      facts: `${size} · ${this.#formats.shortDate(file.changedAt)}`,
    }
  }

  /** Whose lock it is, and what to tell those whom it keeps from something. */
  #lockFor({ name, lock }: VaultFile) {
    if (!lock) return {}
    if (lock.byId === this.#viewerId) return { lock: 'mine' }
    const held = this.#i18n.t('vaults.refused_locked', {
      name: isolated(name),
      by: isolated(lock.by),
      since: this.#formats.dateTime(lock.since),
    })
    return { lock: 'other', held }
  }

  statesOf(file: VaultFile): StateWords[] {
    return [...this.#lock(file), this.#verdict(file)]
  }

  #lock({ lock }: VaultFile): StateWords[] {
    if (!lock) return []
    const mine = lock.byId === this.#viewerId
    const name = plainLine(lock.by, 80)
    const title = this.#i18n.t(lock.until ? 'vaults.locked_until' : 'vaults.locked_since', {
      name,
      since: this.#formats.dateTime(lock.since),
      until: lock.until ? this.#formats.dateTime(lock.until) : '',
    })
    const text = this.#i18n.t(mine ? 'vaults.locked_by_me' : 'vaults.locked_by', { name })
    return [{ kind: 'warn', icon: 'lock', text, title }]
  }

  #verdict(file: VaultFile): StateWords {
    const say = (key: string, facts = {}) => this.#i18n.t(`vaults.${key}`, facts)
    if (file.gone) return { kind: '', icon: 'clock', text: say('gone'), title: say('gone_why') }
    const key = `verdict_${file.verdict}`
    const found = file.verdictDetail ?? ''
    const isBlind = file.verdict === 'unchecked'
    const detail = plainLine(isBlind ? problemsInWords(found, this.#i18n) : found, 120)
    return { ...looks[file.verdict], text: say(key), title: say(`${key}_why`, { detail }) }
  }
}

/** Data attributes for the page's script; what is empty is left out. */
function attributes(values: Record<string, string | null | undefined>): string {
  return Object.entries(values)
    .map(([name, value]) => (value ? ` data-${name}="${string.escapeHTML(value)}"` : ''))
    .join('')
}
