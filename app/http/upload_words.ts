import type { I18n } from '@adonisjs/i18n'
import type { Facts } from '#errors'
import { timeZone } from '#config/app'
import { Formats } from '../formats.ts'
import { isolated } from '../plain_line.ts'

/** Facts that are bytes. */
const BYTES = new Set(['most', 'missing', 'bytes', 'quota', 'used', 'wanted'])

/**
 * Why a file is not taken, in a sentence.
 *
 * @param code of the error, such as `E_QUOTA`; one without words of its own gets those for all
 */
export function uploadRefused(code: string, facts: Facts, i18n: I18n): string {
  const formats = new Formats(i18n.locale, timeZone)
  const told: Record<string, string | number> = {}
  for (const [key, value] of Object.entries(facts)) {
    if (value instanceof Date) told[key] = formats.dateTime(value)
    else if (Array.isArray(value)) told[key] = value.map((one) => isolated(String(one))).join(', ')
    else if (typeof value === 'number' && BYTES.has(key)) told[key] = formats.size(value)
    else if (typeof value === 'string' || typeof value === 'number') told[key] = value
  }
  const key = code === 'E_NAME' ? `uploads.E_NAME_${String(facts.why)}` : `uploads.${code}`
  return i18n.t(key, told, i18n.t('uploads.refused'))
}
