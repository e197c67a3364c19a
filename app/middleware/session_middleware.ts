import type { HttpContext } from '@adonisjs/core/http'
import app from '@adonisjs/core/services/app'
import emitter from '@adonisjs/core/services/emitter'
import type { NextFn } from '@adonisjs/core/types/http'
import { Session } from '@adonisjs/session'
import '@adonisjs/session/session_middleware'
import { REMEMBERED_SECONDS } from '#accounts'
import sessionConfig from '#config/session'
import { forMachines } from '../http/for_machines.ts'
import { onLinkPage } from '../http/link_page.ts'
import { isQuiet } from '../http/quiet.ts'
import { onUpload } from '../http/on_upload.ts'

/**
 * Sessions everywhere but on the pages of links and of monitors. There an existing session is read, since a signed-in sender
 * needs no code, but none is begun, prolonged or written: mail scanners fetch links by the thousand, and a GET
 * of a link leaves neither a row nor a cookie behind. The same holds for what a page asks for by itself: it keeps nobody signed in.
 */
export default class SessionMiddleware {
  static #resolved?: ReturnType<typeof sessionConfig.resolver>

  static #config() {
    return (this.#resolved ??= sessionConfig.resolver(app))
  }

  async handle(ctx: HttpContext, next: NextFn) {
    const config = await SessionMiddleware.#config()
    const readOnly = onLinkPage(ctx) || forMachines(ctx) || isQuiet(ctx) || onUpload(ctx)
    // Its own copy: the cookie's age is that of this session.
    const own = { ...config, cookie: { ...config.cookie } }
    ctx.session = new Session(own, config.stores[config.store]!, emitter, ctx)
    await ctx.session.initiate(readOnly)
    if (readOnly) return next()

    const answer: unknown = await next()
    if (ctx.session.get('remembered')) own.cookie.maxAge = REMEMBERED_SECONDS
    await ctx.session.commit()
    return answer
  }
}
