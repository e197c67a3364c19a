import BodyParser from '@adonisjs/core/bodyparser_middleware'
import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'
import bodyparserConfig, { vaultForms } from '#config/bodyparser'

const small = new BodyParser(bodyparserConfig)
const large = new BodyParser(vaultForms)

/** Reads what a form says: of strangers no more than their forms have, of a vault as much as can be chosen in it. */
export default class BodyMiddleware {
  handle(ctx: HttpContext, next: NextFn) {
    const inVault = ctx.route?.pattern.startsWith('/webtresore/:vault/')
    return (inVault ? large : small).handle(ctx, next)
  }
}
