import type { HttpContext } from '@adonisjs/core/http'
import encryption from '@adonisjs/core/services/encryption'
import type { NextFn } from '@adonisjs/core/types/http'
import Shield from '@adonisjs/shield/shield_middleware'
import edge from 'edge.js'
import shieldConfig from '#config/shield'
import { forMachines } from '../http/for_machines.ts'
import { onLinkPage } from '../http/link_page.ts'
import { isQuiet } from '../http/quiet.ts'
import { onUpload } from '../http/on_upload.ts'

/**
 * Shield, which keeps its CSRF secret in the session, except that the pages of links and of monitors have none to write to.
 *
 * Their forms are protected otherwise: each carries an HMAC under the link key over the link's token and over
 * what lets this browser see the files, the secret value of the device cookie or the signed-in sender. Another
 * site knows neither token nor cookie value, so it cannot make such a form; and both cookies are SameSite=Lax, so
 * a form sent from there would arrive without them. Where the browser is nobody yet, it also lends its user's name
 * to nothing: who knows the token can do the same from his own.
 *
 * What pages ask for by themselves (app/http/quiet.ts) is GET, changes nothing and has no forms.
 *
 * Uploads are checked by their controller: their clients are programs, and an answer that leads them to another page is none.
 */
export default class ShieldMiddleware {
  static #made?: Shield

  static #withoutCsrf() {
    const config = { ...shieldConfig, csrf: { enabled: false } }
    return (this.#made ??= new Shield(config, encryption.use(), edge))
  }

  async handle(ctx: HttpContext, next: NextFn) {
    const shield =
      onLinkPage(ctx) || forMachines(ctx) || isQuiet(ctx) || onUpload(ctx)
        ? ShieldMiddleware.#withoutCsrf()
        : await ctx.containerResolver.make(Shield)
    return shield.handle(ctx, next)
  }
}
