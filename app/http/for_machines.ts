import type { HttpContext } from '@adonisjs/core/http'

/** Whether a request is for what monitors read: they ask every few seconds, and have no session. */
export function forMachines(ctx: HttpContext): boolean {
  const pattern = ctx.route?.pattern ?? ''
  return pattern.startsWith('/health/') || pattern === '/metrics'
}
