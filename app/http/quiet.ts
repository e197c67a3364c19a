import type { HttpContext } from '@adonisjs/core/http'

/** Whether a page asks by itself, without anybody doing anything: the stream of hints. */
export function isQuiet(ctx: HttpContext): boolean {
  return ctx.route?.pattern.endsWith('/ereignisse') === true
}
