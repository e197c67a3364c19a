import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'

export type Language = 'de' | 'en'

const FOLDER = join(import.meta.dirname, '../../../resources/lang')

/** Every text of the product in a language: `people.invite` to its words. */
function textsIn(language: Language): Map<string, string> {
  const texts = new Map<string, string>()
  for (const file of readdirSync(join(FOLDER, language))) {
    const area = file.replace('.json', '')
    const found = JSON.parse(readFileSync(join(FOLDER, language, file), 'utf8'))
    for (const [key, text] of Object.entries<string>(found)) texts.set(`${area}.${key}`, text)
  }
  return texts
}

const TEXTS = { de: textsIn('de'), en: textsIn('en') }

/** Words without what ICU puts around them: `{count, plural, one {# Datei}}` has the word Datei. */
function wordsOf(text: string): string[] {
  const bare = text
    .replaceAll(/\{\w+, (plural|select|number)\b,?/g, ' ')
    .replaceAll(/(=\d+|one|other|yes|no) \{/g, ' ')
    .replaceAll(/\{\w+\}/g, ' ')
  return bare.match(/\p{L}{3,}/gu) ?? []
}

/** Words of one language that the other never uses, in small letters. */
function ownWords(language: Language, other: Language): Set<string> {
  const lower = (texts: Map<string, string>) =>
    [...texts.values()].flatMap(wordsOf).map((word) => word.toLowerCase())
  const shared = new Set(lower(TEXTS[other]))
  return new Set(lower(TEXTS[language]).filter((word) => !shared.has(word)))
}

/** A key, and languages in their own words. */
const ANYWHERE = new Set(['alt', 'deutsch', 'english'])

const FOREIGN = { de: ownWords('en', 'de'), en: ownWords('de', 'en') }

/**
 * The words of a button, field or sentence.
 *
 * @param values for what stands in braces; plurals are not worked out
 */
export function worded(
  language: Language,
  key: string,
  values: Record<string, string | number> = {}
): string {
  const text = TEXTS[language].get(key)
  if (text === undefined) throw new Error(`There is no text ${key}`)
  return text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

/** Words that belong to the other language. Fit for a page and a letter alike. */
export function foreignWords(language: Language, text: string, own: string[] = []): string[] {
  const said = own.join(' ').toLowerCase()
  const prose = text.replaceAll(/https?:\S+/g, ' ').toLowerCase()
  const words = new Set(prose.match(/\p{L}{3,}/gu) ?? [])
  return [...words].filter(
    (word) => FOREIGN[language].has(word) && !ANYWHERE.has(word) && !said.includes(word)
  )
}

/**
 * All that a page says, seen or read aloud, apart from what it marks as another language's, and keys, codes and digests,
 * which may look like words.
 */
export function pageText(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const language = document.documentElement.lang
    const said = [document.title]
    const walk = (element) => {
      if (element.matches('script, style, code, .mono, .codes') || (element.lang && element.lang !== language)) return
      for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'data-drop', 'data-said'])
        said.push(element.getAttribute(name) ?? '')
      for (const child of element.childNodes) {
        if (child.nodeType === Node.TEXT_NODE) said.push(child.data)
        if (child.nodeType === Node.ELEMENT_NODE) walk(child)
      }
    }
    walk(document.body)
    return said.join('\\n')
  })()`)
}
