import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { Profile, SecondFactors, type Account } from '#accounts'
import { PermanentError, Refused } from '#errors'
import { showCodes, toSecurity } from '../http/recovery_codes_page.ts'
import { SignIn } from '../http/sign_in.ts'
import { visitOf } from '../http/visit.ts'
import { waitText } from '../http/wait_text.ts'
import { Throttle } from '../throttle.ts'

/** Turns one-time passwords on and off, and makes new recovery codes. */
@inject()
export default class OneTimePasswordController {
  constructor(
    protected factors: SecondFactors,
    protected profile: Profile,
    protected signIn: SignIn
  ) {}

  async create(ctx: HttpContext) {
    const account = await this.#account(ctx)
    const { oneTimePassword } = await this.factors.of(account.id)
    if (oneTimePassword) return ctx.response.redirect().toRoute('profile.security')
    return this.#page(ctx, account)
  }

  /** The secret waits sealed in the session until a code shows that the app has it. */
  async store(ctx: HttpContext) {
    const { request, response, session, i18n } = ctx
    const account = await this.#account(ctx)
    const proposal = session.get('proposal') as string | undefined
    if (!proposal) return response.redirect().toRoute('profile.one_time_password')
    const throttle = new Throttle('confirm', `account ${account.id}`, request.ip())
    const wait = await throttle.attempt()
    if (wait > 0) return this.#page(ctx, account, 429, waitText(i18n, wait))
    const code = String(request.input('code') ?? '').slice(0, 20)
    try {
      const codes = await this.factors.addOneTimePassword(account, proposal, code, visitOf(request))
      await throttle.succeeded()
      session.forget('proposal')
      if (codes) {
        await this.signIn.strengthen(ctx, account.id)
        return await showCodes(ctx, codes, i18n.t('profile.otp_first'))
      }
      session.regenerate()
      return toSecurity(ctx, 'good', 'profile.otp_added')
    } catch (error) {
      if (error instanceof Refused) return toSecurity(ctx, 'warn', 'profile.otp_exists')
      if (!(error instanceof PermanentError) || error.code !== 'E_CODE') throw error
      return this.#page(ctx, account, 400, i18n.t('accounts.code_wrong'))
    }
  }

  async destroy(ctx: HttpContext) {
    try {
      await this.factors.removeOneTimePassword(await this.#account(ctx), visitOf(ctx.request))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return toSecurity(ctx, 'bad', 'profile.factor_required')
    }
    ctx.session.regenerate()
    return toSecurity(ctx, 'good', 'profile.otp_removed')
  }

  async renewCodes(ctx: HttpContext) {
    try {
      const codes = await this.factors.renewCodes(await this.#account(ctx), visitOf(ctx.request))
      return await showCodes(ctx, codes, ctx.i18n.t('profile.codes_renewed'))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return toSecurity(ctx, 'bad', 'profile.no_factor')
    }
  }

  async #account({ auth }: HttpContext): Promise<Account> {
    return this.profile.of(auth.getUserOrFail().id)
  }

  async #page(ctx: HttpContext, account: Account, status = 200, problem?: string) {
    const { response, session, view } = ctx
    const proposal = (session.get('proposal') as string | undefined) ?? this.factors.propose()
    session.put('proposal', proposal)
    const { secret, uri, image } = await this.factors.show(account, proposal)
    response.header('Cache-Control', 'no-store')
    const page = await view.render('pages/profile/one_time_password', {
      secret,
      uri,
      image: `data:image/svg+xml;base64,${Buffer.from(image).toString('base64')}`,
      problem,
    })
    return response.status(status).send(page)
  }
}
