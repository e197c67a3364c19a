import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'
import { SecondFactors } from '#accounts'

/** What somebody can open whose role needs a second factor and who has none yet. */
const ENROLMENT =
  /^(session\.destroy|profile\.(security|confirm\w*|one_time_password\w*|passkey\w*|codes))$/

/**
 * Lets signed-in people through; others come to the sign-in page and back afterwards. Who lacks a second factor sets one up first and
 * then comes where he wanted to go, with what he was told on the way.
 */
@inject()
export default class AuthMiddleware {
  constructor(private factors: SecondFactors) {}

  async handle(ctx: HttpContext, next: NextFn) {
    await ctx.auth.authenticateUsing(undefined, { loginRoute: '/anmelden' })
    const user = ctx.auth.getUserOrFail()
    if (user.disabledAt !== null) {
      await ctx.auth.use('web').logout()
      ctx.session.clear()
      return ctx.response.redirect('/anmelden')
    }
    if (!ENROLMENT.test(ctx.route?.name ?? '') && (await this.factors.isMissing(user))) {
      const isPage =
        ctx.request.method() === 'GET' && ctx.request.accepts(['html', 'json']) === 'html'
      if (isPage) ctx.session.setIntendedUrl(ctx.request.url(true))
      ctx.session.reflash()
      return ctx.response.redirect('/profil/sicherheit')
    }
    return next()
  }
}
