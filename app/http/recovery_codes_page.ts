import type { HttpContext } from '@adonisjs/core/http'

/** Shows recovery codes, this once: the answer to the form that made them goes into no cache. */
export async function showCodes({ response, view }: HttpContext, codes: string[], text: string) {
  response.header('Cache-Control', 'no-store')
  return view.render('pages/profile/codes', { codes, text })
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
