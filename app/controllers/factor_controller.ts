import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { Passkeys, Profile, SecondFactors } from '#accounts'
import User from '#models/user'
import { answerOf, keepChallenge, takeChallenge } from '../http/challenges.ts'
import { SignIn } from '../http/sign_in.ts'
import { visitOf } from '../http/visit.ts'
import { waitText } from '../http/wait_text.ts'
import { Throttle } from '../throttle.ts'

/** The second step of a sign-in: a one-time password, a recovery code or a passkey. Without a first step it leads there. */
@inject()
export default class FactorController {
  constructor(
    protected factors: SecondFactors,
    protected passkeys: Passkeys,
    protected profile: Profile,
    protected signIn: SignIn
  ) {}

  async show(ctx: HttpContext) {
    const pending = await this.#pending(ctx)
    if (!pending) return ctx.response.redirect('/anmelden')
    return this.#page(ctx, pending.account)
  }

  async store(ctx: HttpContext) {
    const { request, i18n } = ctx
    const code = String(request.input('code') ?? '').slice(0, 100)
    return this.#attempt(ctx, i18n.t('accounts.code_wrong'), (account) =>
      this.factors.verify(account, code, visitOf(request))
    )
  }

  async passkeyOptions(ctx: HttpContext) {
    const pending = await this.#pending(ctx)
    if (!pending) return ctx.response.redirect('/anmelden')
    const options = await this.passkeys.authentication(pending.account)
    keepChallenge(ctx.session, 'second factor', options.challenge)
    ctx.response.header('Cache-Control', 'no-store')
    return options
  }

  async passkey(ctx: HttpContext) {
    const { request, session, i18n } = ctx
    const answer = answerOf(request.input('answer'))
    const challenge = takeChallenge(session, 'second factor')
    return this.#attempt(ctx, i18n.t('accounts.passkey_wrong'), async (account) => {
      return (await this.passkeys.verify(answer, challenge, account)) === account
    })
  }

  /** Attempts are counted for the account: whoever gets here knows its password. */
  async #attempt(
    ctx: HttpContext,
    wrong: string,
    isRight: (account: number) => Promise<boolean>
  ): Promise<unknown> {
    const { request, response, session, i18n } = ctx
    const pending = await this.#pending(ctx)
    if (!pending) return response.redirect('/anmelden')
    const throttle = new Throttle('factor', `account ${pending.account}`, request.ip())
    const wait = await throttle.attempt()
    if (wait > 0) {
      response.header('Retry-After', String(wait))
      return this.#page(ctx, pending.account, 429, waitText(i18n, wait))
    }
    if (!(await isRight(pending.account))) return this.#page(ctx, pending.account, 400, wrong)
    await throttle.succeeded()
    const to = await this.signIn.complete(ctx, await this.profile.of(pending.account))
    if (pending.remember) {
      session.flash('notice', { kind: 'info', text: i18n.t('accounts.not_remembered') })
    }
    return response.redirect().toPath(to)
  }

  async #pending(ctx: HttpContext) {
    const pending = this.signIn.pending(ctx)
    const user = pending && (await User.find(pending.account))
    return user && user.disabledAt === null ? pending : null
  }

  async #page({ response, view }: HttpContext, account: number, status = 200, problem?: string) {
    const { oneTimePassword, passkeys } = await this.factors.of(account)
    response.header('Cache-Control', 'no-store')
    const page = await view.render('pages/session/factor', {
      oneTimePassword,
      passkeys: passkeys > 0 && this.passkeys.areAvailable,
      problem,
    })
    return response.status(status).send(page)
  }
}
