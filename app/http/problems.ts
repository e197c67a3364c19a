import type { I18n } from '@adonisjs/i18n'

/** How a plan says what it found: a slug, and the part it is about. */
const problem = /^([a-z0-9_]+)(?: \(([\w.]+)\))?$/

/**
 * What makes a mail ambiguous, in words. What is no problem of a plan stays as it is.
 *
 * @param explanation problems as the archive keeps them, such as `bare_cr (2.1), boundary_prefix`
 */
export function problemsInWords(explanation: string, i18n: I18n): string {
  const told = explanation.split(', ').map((one) => {
    const [, slug, part] = problem.exec(one) ?? []
    if (!slug) return one
    const text = i18n.t(`problems.${slug}`, {}, one)
    return part && text !== one ? i18n.t('problems.in_part', { part, text }) : text
  })
  return told.join(' · ')
}
