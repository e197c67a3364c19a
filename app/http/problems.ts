import type { I18n } from '@adonisjs/i18n'
import { BLINDNESS } from '#scanning'

/** How a plan says what it found: a slug, and the part it is about. */
const problem = /^([a-z0-9_]+)(?: \(([\w.]+)\))?$/

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
  // Where it was may stand before.
  const blind = Object.entries(BLINDNESS).find(([, why]) => `: ${explanation}`.endsWith(`: ${why}`))
  if (blind) {
    const [name, why] = blind
    return explanation.slice(0, -why.length) + i18n.t(`problems.scan_${name}`)
  }
  const told = explanation.split(', ').map((one) => {
    const [, slug, part] = problem.exec(one) ?? []
    if (!slug) return one
    const text = i18n.t(`problems.${slug}`, {}, one)
    return part && text !== one ? i18n.t('problems.in_part', { part, text }) : text
  })
  return told.join(' · ')
}
