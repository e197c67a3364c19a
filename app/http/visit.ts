import type { HttpRequest } from '@adonisjs/core/http'
import type { Visit } from '#accounts'
import { networkOf } from '../network.ts'

/** From where a request comes, as its sender's own mails and session list say it. */
export function visitOf(request: HttpRequest): Visit {
  return { agent: request.header('user-agent') ?? null, network: networkOf(request.ip()) }
}
