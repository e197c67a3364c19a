import type { HttpContext } from '@adonisjs/core/http'
import { intendedPath } from './sign_in.ts'

/**
 * Shows recovery codes, this once: the answer to the form that made them goes into no cache. From there it goes on to where somebody
 * wanted to go who had to set up a second factor first.
 */
export async function showCodes(
  { response, session, view }: HttpContext,
  codes: string[],
  text: string
) {
  response.header('Cache-Control', 'no-store')
  const next = intendedPath(session) ?? '/profil/sicherheit'
  return view.render('pages/profile/codes', { codes, text, next })
}

/** Back to the page about sign-in, which says what happened. */
export function toSecurity(
  { response, session, i18n }: HttpContext,
  kind: 'good' | 'warn' | 'bad',
  key: string
) {
  session.flash('notice', { kind, text: i18n.t(key) })
  return response.redirect().toRoute('profile.security')
}
