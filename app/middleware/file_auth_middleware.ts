import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'

/**
 * For addresses of files, before the one that leads to the sign-in page: what a browser does not open as a page it saves, and a
 * sign-in page is not to lie on a disk under the name of a file. A download that is gone on with after the session ended, or a
 * file that is dragged out, fails instead.
 */
export default class FileAuthMiddleware {
  async handle(ctx: HttpContext, next: NextFn) {
    // Browsers too old to say what they want it for are led to the page, as ever.
    const wanted = ctx.request.header('sec-fetch-dest') ?? 'document'
    const isPage = wanted === 'document' && !ctx.request.header('range')
    if (isPage || (await ctx.auth.check())) return next()
    ctx.response.header('Cache-Control', 'no-store')
    return ctx.response.status(401).send('')
  }
}
