import type { HttpContext } from '@adonisjs/core/http'

/**
 * Whether a request is one of a tus client. It may last for hours beside others of the same browser, so it reads the session
 * and never writes it back; and programs that bear a ticket have none.
 */
export function onUpload(ctx: HttpContext): boolean {
  return /^\/hochladen(\/|$)/.test(ctx.route?.pattern ?? '')
}
