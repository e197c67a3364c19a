import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { Passkeys, Profile } from '#accounts'
import { answerOf, keepChallenge, takeChallenge } from '../http/challenges.ts'
import { waitText } from '../http/wait_text.ts'
import { Throttle } from '../throttle.ts'

/** Asks a signed-in person for his password or passkey again, before something that matters (middleware/confirmed_middleware.ts). */
@inject()
export default class ConfirmationController {
  constructor(
    protected passkeys: Passkeys,
    protected profile: Profile
  ) {}

  async show(ctx: HttpContext) {
    return this.#page(ctx)
  }

  async store(ctx: HttpContext) {
    const { auth, request, i18n } = ctx
    const password = String(request.input('password') ?? '').slice(0, 1024)
    return this.#attempt(ctx, i18n.t('accounts.password_wrong'), () =>
      this.profile.isPassword(auth.getUserOrFail().id, password)
    )
  }

  async passkeyOptions({ auth, response, session }: HttpContext) {
    const options = await this.passkeys.authentication(auth.getUserOrFail().id)
    keepChallenge(session, 'confirm', options.challenge)
    response.header('Cache-Control', 'no-store')
    return options
  }

  async passkey(ctx: HttpContext) {
    const { auth, request, session, i18n } = ctx
    const { id } = auth.getUserOrFail()
    const answer = answerOf(request.input('answer'))
    const challenge = takeChallenge(session, 'confirm')
    return this.#attempt(ctx, i18n.t('accounts.passkey_wrong'), async () => {
      return (await this.passkeys.verify(answer, challenge, id)) === id
    })
  }

  async #attempt(
    ctx: HttpContext,
    wrong: string,
    isRight: () => Promise<boolean>
  ): Promise<unknown> {
    const { auth, request, response, session, i18n } = ctx
    const throttle = new Throttle('confirm', `account ${auth.getUserOrFail().id}`, request.ip())
    const wait = await throttle.attempt()
    if (wait > 0) {
      response.header('Retry-After', String(wait))
      return this.#page(ctx, 429, waitText(i18n, wait))
    }
    if (!(await isRight())) return this.#page(ctx, 400, wrong)
    await throttle.succeeded()
    const to = session.pull('confirm_for', '/profil/sicherheit') as string
    session.put('confirmed_at', Date.now())
    session.regenerate()
    return response.redirect().toPath(to)
  }

  async #page({ auth, response, view }: HttpContext, status = 200, problem?: string) {
    const own = await this.passkeys.of(auth.getUserOrFail().id)
    const page = await view.render('pages/profile/confirm', {
      passkeys: own.length > 0 && this.passkeys.areAvailable,
      problem,
    })
    return response.status(status).send(page)
  }
}
