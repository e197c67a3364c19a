import { timeZone } from '#config/app'
import type { WebtresorError } from '#errors'
import type { I18n } from '@adonisjs/i18n'
import { Formats } from '../formats.ts'
import { isolated } from '../plain_line.ts'

/** What HTTP calls a refusal, where it has a word of its own. */
const statuses: Record<string, number> = {
  E_NAME_TAKEN: 409,
  E_NAME: 422,
  E_LOCKED: 423,
  E_QUOTA: 507,
  E_ENTRIES: 507,
}

const plain: Record<string, string> = {
  E_ROLE: 'role',
  E_NOT_ALLOWED: 'role',
  E_CYCLE: 'cycle',
  E_NO_ENTRY: 'gone',
  E_NO_VAULT: 'gone',
  E_FILE_GONE: 'gone',
  E_NOT_CLEAN: 'not_clean',
  E_NOT_UNCHECKED: 'gone',
  E_REASON_MISSING: 'reason',
  E_UNTIL: 'until',
  E_NOT_A_FILE: 'not_a_file',
  E_VAULT_NAME: 'vault_name',
  E_NO_VERSION: 'version',
  E_CURRENT_VERSION: 'current_version',
  E_UNDO_OVER: 'undo_over',
}

export const statusOf = ({ code }: WebtresorError, otherwise: number) => statuses[code] ?? otherwise

/** Says in a sentence why a vault did not do what it was asked for. */
export function vaultRefusal({ code, facts }: WebtresorError, i18n: I18n): string {
  const say = (key: string, more: Record<string, string | number> = {}) =>
    i18n.t(`vaults.refused_${key}`, more)
  const formats = new Formats(i18n.locale, timeZone)
  const text = (name: string) => isolated(String(facts[name] ?? ''))
  switch (code) {
    case 'E_ARCHIVED':
      return say(facts.readOnly === 'trashed' ? 'trashed' : 'archived')
    case 'E_LOCKED':
      return say('locked', {
        name: text('name'),
        by: text('by'),
        since: formats.dateTime(facts.since as Date),
      })
    case 'E_NAME_TAKEN': {
      const names = (facts.names as string[] | undefined) ?? []
      return say('taken', {
        names: names
          .slice(0, 5)
          .map((name) => isolated(name))
          .join(', '),
      })
    }
    case 'E_CONFIRMATION':
      return say('confirmation', { name: text('name') })
    case 'E_NAME':
      return say(`name_${String(facts.why)}`)
    case 'E_QUOTA':
      return say('quota', { missing: formats.size(Number(facts.missing)) })
    case 'E_ENTRIES':
      return say('entries', { limit: Number(facts.limit) })
    case 'E_UNDO_LATE':
      return say('undo_late', { name: text('name') })
    case 'E_DEPTH':
      return say('depth', { deepest: Number(facts.deepest) })
    default:
      return say(plain[code] ?? 'other')
  }
}
