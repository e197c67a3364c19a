import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'

/** Minutes for which a password or passkey shown just now counts. */
export const CONFIRMED_MINUTES = 15

/**
 * Before something that would let a stranger at an open browser take the account over: who has not shown his password or passkey
 * within a quarter of an hour shows it again first.
 */
export default class ConfirmedMiddleware {
  async handle({ request, response, session }: HttpContext, next: NextFn) {
    const at = session.get('confirmed_at', 0) as number
    if (Date.now() - at < CONFIRMED_MINUTES * 60_000) return next()
    session.put('confirm_for', request.method() === 'GET' ? request.url() : '/profil/sicherheit')
    return response.redirect('/profil/bestaetigen')
  }
}
