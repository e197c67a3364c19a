import Bowser from 'bowser'
import type { Language } from './people.ts'

/** A browser's description of itself in words: `Firefox unter Windows`. Whoever sends it may lie: it is a hint, never proof. */
export function deviceInWords(agent: string | null, language: Language): string {
  const { browser, os } = agent ? Bowser.parse(agent) : { browser: {}, os: {} }
  const known = [browser.name, os.name].filter((name) => name !== undefined && name !== '')
  if (known.length === 0) return language === 'de' ? 'Unbekanntes Gerät' : 'Unknown device'
  return known.join(language === 'de' ? ' unter ' : ' on ')
}
