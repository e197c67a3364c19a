import type { HttpContext } from '@adonisjs/core/http'

/** Whether a request is for a page below `/d/`: those of recipients, who have neither account nor session. */
export function onLinkPage(ctx: HttpContext): boolean {
  return ctx.route?.pattern.startsWith('/d/') === true
}
