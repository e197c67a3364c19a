import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { Passkeys, Profile, SecondFactors, sessionKey } from '#accounts'
import { flashRefusal, flashWrong, passwordErrors } from '../http/input_errors.ts'
import { visitOf } from '../http/visit.ts'
import { waitText } from '../http/wait_text.ts'
import { Throttle } from '../throttle.ts'

/** How a person signs in: password and second factors. */
@inject()
export default class SecurityController {
  constructor(
    protected factors: SecondFactors,
    protected passkeys: Passkeys,
    protected profile: Profile
  ) {}

  async show({ auth, view }: HttpContext) {
    const user = auth.getUserOrFail()
    return view.render('pages/profile/security', {
      factors: await this.factors.of(user.id),
      passkeys: await this.passkeys.of(user.id),
      passkeysAvailable: this.passkeys.areAvailable,
      required: await this.factors.isMissing(user),
    })
  }

  /** Asks the old password, and counts attempts at it: an open browser must not become a place to guess. */
  async password(ctx: HttpContext) {
    const { auth, request, response, session, i18n } = ctx
    const { id } = auth.getUserOrFail()
    const back = () => response.redirect().toRoute('profile.security')
    const throttle = new Throttle('confirm', `account ${id}`, request.ip())
    const wait = await throttle.attempt()
    if (wait > 0) {
      flashWrong(ctx, { old_password: waitText(i18n, wait) })
      return back()
    }
    const [old, wanted] = ['old_password', 'password'].map((name) =>
      String(request.input(name) ?? '').slice(0, 1024)
    ) as [string, string]
    const keep = sessionKey(session.sessionId)
    try {
      await this.profile.changePassword(id, { old, wanted, keep }, visitOf(request))
    } catch (error) {
      // The old one was right: choosing a bad new one is no guess.
      if ((error as { code?: string }).code !== 'E_OLD_PASSWORD') await throttle.succeeded()
      flashRefusal(ctx, error, { E_OLD_PASSWORD: 'old_password', ...passwordErrors('password') })
      return back()
    }
    await throttle.succeeded()
    session.regenerate()
    session.put('confirmed_at', Date.now())
    session.flash('notice', { kind: 'good', text: i18n.t('profile.password_changed') })
    return back()
  }
}
