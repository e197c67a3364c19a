import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'

/** Lets signed-in people through; others come to the sign-in page and back afterwards. */
export default class AuthMiddleware {
  async handle(ctx: HttpContext, next: NextFn) {
    await ctx.auth.authenticateUsing(undefined, { loginRoute: '/anmelden' })
    if (ctx.auth.getUserOrFail().disabledAt !== null) {
      await ctx.auth.use('web').logout()
      ctx.session.clear()
      return ctx.response.redirect('/anmelden')
    }
    return next()
  }
}
