import { SecondFactors } from '#accounts'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'

/**
 * Lets signed-in people through to what a page asks for by itself, again and again: such requests do not keep a session
 * alive (app/http/quiet.ts), so nothing may be written to it, not even where somebody wanted to go.
 */
@inject()
export default class QuietAuthMiddleware {
  constructor(private factors: SecondFactors) {}

  async handle(ctx: HttpContext, next: NextFn) {
    const user = (await ctx.auth.check()) ? ctx.auth.getUserOrFail() : undefined
    const isBarred = !user || user.disabledAt !== null || (await this.factors.isMissing(user))
    return isBarred ? ctx.response.redirect('/anmelden') : next()
  }
}
