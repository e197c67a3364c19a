import { Accounts } from '#accounts'
import gatewayConfig from '#config/gateway'
import { domainValidator } from '#validators/people'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { attempted, said } from '../http/tell.ts'

/** The firm's mail domains, for administrators. */
@inject()
export default class DomainsController {
  constructor(private accounts: Accounts) {}

  async index({ view }: HttpContext) {
    return view.render('pages/domains/index', {
      domains: await this.accounts.domains(),
      configured: gatewayConfig.localDomains,
    })
  }

  async store(ctx: HttpContext) {
    const { auth, request, response } = ctx
    const { domain } = await request.validateUsing(domainValidator)
    await attempted(ctx, 'people', async () => {
      const isNew = await this.accounts.addDomain(domain, auth.getUserOrFail().id)
      said(ctx, isNew ? 'people.domain_added' : 'people.domain_known', { domain })
    })
    return response.redirect().toRoute('domains.index')
  }

  async destroy(ctx: HttpContext) {
    const { auth, request, response } = ctx
    const { domain } = await request.validateUsing(domainValidator)
    await attempted(ctx, 'people', async () => {
      await this.accounts.removeDomain(domain, auth.getUserOrFail().id)
      said(ctx, 'people.domain_removed', { domain })
    })
    return response.redirect().toRoute('domains.index')
  }
}
