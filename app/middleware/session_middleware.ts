import type { HttpContext } from '@adonisjs/core/http'
import app from '@adonisjs/core/services/app'
import emitter from '@adonisjs/core/services/emitter'
import type { NextFn } from '@adonisjs/core/types/http'
import { Session } from '@adonisjs/session'
import Sessions from '@adonisjs/session/session_middleware'
import sessionConfig from '#config/session'
import { forMachines } from '../http/for_machines.ts'
import { onLinkPage } from '../http/link_page.ts'

/**
 * Sessions everywhere but on the pages of links and of monitors. There an existing session is read, since a signed-in sender
 * needs no code, but none is begun, prolonged or written: mail scanners fetch links by the thousand, and a GET
 * of a link leaves neither a row nor a cookie behind.
 */
export default class SessionMiddleware {
  static #resolved?: ReturnType<typeof sessionConfig.resolver>

  static #config() {
    return (this.#resolved ??= sessionConfig.resolver(app))
  }

  async handle(ctx: HttpContext, next: NextFn) {
    if (!onLinkPage(ctx) && !forMachines(ctx)) {
      const sessions = await ctx.containerResolver.make(Sessions)
      return sessions.handle(ctx, next)
    }
    const config = await SessionMiddleware.#config()
    ctx.session = new Session(config, config.stores[config.store]!, emitter, ctx)
    await ctx.session.initiate(true)
    return next()
  }
}
