import type { I18n } from '@adonisjs/i18n'

/** How a plan says what it found: a slug, and the part it is about. */
const problem = /^([a-z0-9_]+)(?: \(([\w.]+)\))?$/

/** How the scanner says why it could not look inside (app/scanning/verdict.ts); where it was may stand before. */
const blind =
  /^(?:(.*): )?(it is encrypted|it is larger or nested deeper than the scanner looks|it is larger than the scanner takes)$/s

const blindness: Record<string, string> = {
  'it is encrypted': 'scan_encrypted',
  'it is larger or nested deeper than the scanner looks': 'scan_nested',
  'it is larger than the scanner takes': 'scan_large',
}

/** Reasons for holding a mail whose explanations are for programs. */
const forPrograms: ReadonlySet<unknown> = new Set(['ambiguous', 'unsupported', 'unchecked'])

/** The explanation of a held mail, in words where there are some. */
export function foundInWords(reason: unknown, explanation: string, i18n: I18n): string {
  return forPrograms.has(reason) ? problemsInWords(explanation, i18n) : explanation
}

/**
 * What makes a mail ambiguous, or why the scanner could not look inside, in words. What is neither stays as it is.
 *
 * @param explanation problems as the archive keeps them, such as `bare_cr (2.1), boundary_prefix`
 */
export function problemsInWords(explanation: string, i18n: I18n): string {
  const [, where, why] = blind.exec(explanation) ?? []
  if (why) {
    const text = i18n.t(`problems.${blindness[why]}`)
    return where ? `${where}: ${text}` : text
  }
  const told = explanation.split(', ').map((one) => {
    const [, slug, part] = problem.exec(one) ?? []
    if (!slug) return one
    const text = i18n.t(`problems.${slug}`, {}, one)
    return part && text !== one ? i18n.t('problems.in_part', { part, text }) : text
  })
  return told.join(' · ')
}
