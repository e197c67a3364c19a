import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'

/**
 * Lets signed-in people through to what a page asks for by itself, again and again: such requests do not keep a session
 * alive (app/http/quiet.ts), so nothing may be written to it, not even where somebody wanted to go.
 */
export default class QuietAuthMiddleware {
  async handle(ctx: HttpContext, next: NextFn) {
    const known = await ctx.auth.check()
    if (!known || ctx.auth.user?.disabledAt !== null) return ctx.response.redirect('/anmelden')
    return next()
  }
}
