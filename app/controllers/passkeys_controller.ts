import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { Passkeys, Profile } from '#accounts'
import { PermanentError, Refused } from '#errors'
import { answerOf, keepChallenge, takeChallenge } from '../http/challenges.ts'
import { showCodes, toSecurity } from '../http/recovery_codes_page.ts'
import { SignIn } from '../http/sign_in.ts'
import { visitOf } from '../http/visit.ts'

/** A person's passkeys. */
@inject()
export default class PasskeysController {
  constructor(
    protected passkeys: Passkeys,
    protected profile: Profile,
    protected signIn: SignIn
  ) {}

  async create({ view }: HttpContext) {
    return view.render('pages/profile/passkey', { available: this.passkeys.areAvailable })
  }

  async options({ auth, response, session }: HttpContext) {
    const account = await this.profile.of(auth.getUserOrFail().id)
    const options = await this.passkeys.registration(account)
    keepChallenge(session, 'register', options.challenge)
    response.header('Cache-Control', 'no-store')
    return options
  }

  async store(ctx: HttpContext) {
    const { auth, request, response, session, i18n } = ctx
    const account = await this.profile.of(auth.getUserOrFail().id)
    const name = String(request.input('name') ?? '').slice(0, 200)
    const challenge = takeChallenge(session, 'register')
    const answer = answerOf(request.input('answer'))
    try {
      const codes = await this.passkeys.add(account, name, answer, challenge, visitOf(request))
      if (codes) {
        await this.signIn.strengthen(ctx, account.id)
        return await showCodes(ctx, codes, i18n.t('profile.passkey_first'))
      }
      session.regenerate()
      return toSecurity(ctx, 'good', 'profile.passkey_added')
    } catch (error) {
      if (!(error instanceof PermanentError) && !(error instanceof Refused)) throw error
      session.flash('notice', { kind: 'bad', text: i18n.t(`accounts.${error.code}`) })
      return response.redirect().toRoute('profile.passkey')
    }
  }

  async rename(ctx: HttpContext) {
    const account = await this.profile.of(ctx.auth.getUserOrFail().id)
    const name = String(ctx.request.input('name') ?? '').slice(0, 200)
    try {
      await this.passkeys.rename(account, Number(ctx.params.passkey), name)
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error
      return toSecurity(ctx, 'bad', `accounts.${error.code}`)
    }
    return toSecurity(ctx, 'good', 'profile.passkey_renamed')
  }

  async destroy(ctx: HttpContext) {
    const account = await this.profile.of(ctx.auth.getUserOrFail().id)
    try {
      await this.passkeys.remove(account, Number(ctx.params.passkey), visitOf(ctx.request))
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return toSecurity(ctx, 'bad', 'profile.factor_required')
    }
    ctx.session.regenerate()
    return toSecurity(ctx, 'good', 'profile.passkey_removed')
  }
}
