import type { Language } from '#accounts'
import gatewayConfig from '#config/gateway'
import { Invitations } from '#invitations'
import { addressValidator } from '#validators/invitations'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import limiter from '@adonisjs/limiter/services/main'
import { createHash } from 'node:crypto'

/** Letters to one address in an hour, and requests from one machine. */
const LIMITS = [
  { kind: 'address', requests: 3 },
  { kind: 'machine', requests: 20 },
] as const

/** Whoever has an address of the firm asks for a link to register. The answer is the same for every address. */
@inject()
export default class RegistrationsController {
  constructor(private invitations: Invitations) {}

  async create({ view }: HttpContext) {
    return view.render('pages/registrations/create', {
      mailLeaves: Boolean(gatewayConfig.relayUrl),
    })
  }

  async store({ i18n, request, response, session, view }: HttpContext) {
    const [error, input] = await addressValidator.tryValidate(request.all())
    if (error) {
      session.flash('inputErrorsBag', { email: [i18n.t('accounts.E_ADDRESS')] })
      return response.redirect().toRoute('registrations.create')
    }
    const keys = { address: input.email.trim().toLowerCase(), machine: request.ip() }
    let isAllowed = true
    for (const { kind, requests } of LIMITS) {
      const key = createHash('sha256').update(keys[kind]).digest('base64url').slice(0, 22)
      const limit = limiter.use({ requests, duration: '1 hour' })
      isAllowed = (await limit.attempt(`register-${kind}:${key}`, () => true)) === true && isAllowed
    }
    // Too many get the same answer: it says nothing about the address.
    if (isAllowed) await this.invitations.askToRegister(input.email, i18n.locale as Language)
    return view.render('pages/registrations/sent', { mailLeaves: Boolean(gatewayConfig.relayUrl) })
  }
}
