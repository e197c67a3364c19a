import type { I18n } from '@adonisjs/i18n'

const made = new Map<string, string>()

/** Sentences that scripts of the vault pages say, as JSON for a data block: `<` cannot end it. */
export function clientWords(i18n: I18n): string {
  const known = made.get(i18n.locale)
  if (known) return known
  const prefix = 'vaults.client_'
  const words = Object.entries(i18n.localeTranslations)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, text]) => [key.slice(prefix.length), text])
  const json = JSON.stringify(Object.fromEntries(words)).replaceAll('<', '\\u003c')
  made.set(i18n.locale, json)
  return json
}
