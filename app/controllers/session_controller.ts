import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { Accounts, Passkeys, Profile } from '#accounts'
import { signInValidator } from '#validators/session'
import { answerOf, keepChallenge, takeChallenge } from '../http/challenges.ts'
import { SignIn } from '../http/sign_in.ts'
import { waitText } from '../http/wait_text.ts'
import { Throttle } from '../throttle.ts'

/** Sign-in with a password or a passkey, and sign-out. */
@inject()
export default class SessionController {
  constructor(
    protected accounts: Accounts,
    protected passkeys: Passkeys,
    protected profile: Profile,
    protected signIn: SignIn
  ) {}

  async create({ view }: HttpContext) {
    const passkeys = this.passkeys.areAvailable
    return view.render('pages/session/create', { email: '', passkeys })
  }

  /** A wrong password and an unknown name get one answer, and both count as attempts. */
  async store(ctx: HttpContext) {
    const { request, response, i18n } = ctx
    const [error, input] = await signInValidator.tryValidate(request.all())
    if (error) return this.#refuse(ctx, 400, i18n.t('accounts.wrong'))

    const subject = await this.accounts.subjectOf(input.email)
    const throttle = new Throttle('sign-in', subject, request.ip())
    const wait = await throttle.attempt()
    if (wait > 0) {
      response.header('Retry-After', String(wait))
      return this.#refuse(ctx, 429, waitText(i18n, wait))
    }

    const account = await this.accounts.authenticate(input.email, input.password)
    if (!account) return this.#refuse(ctx, 400, i18n.t('accounts.wrong'))
    await throttle.succeeded()
    const to = await this.signIn.afterPassword(ctx, account, input.remember === '1')
    return response.redirect().toPath(to)
  }

  async passkeyOptions({ session, response }: HttpContext) {
    const options = await this.passkeys.authentication()
    keepChallenge(session, 'sign in', options.challenge)
    response.header('Cache-Control', 'no-store')
    return options
  }

  /** A passkey on a device that has verified its user is both factors at once. */
  async passkey(ctx: HttpContext) {
    const { request, response, session, i18n } = ctx
    const throttle = new Throttle('sign-in', `passkeys of ${request.ip()}`, request.ip())
    const wait = await throttle.attempt()
    if (wait > 0) return this.#refuse(ctx, 429, waitText(i18n, wait))
    const challenge = takeChallenge(session, 'sign in')
    const owner = await this.passkeys.verify(answerOf(request.input('answer')), challenge)
    if (owner === null) return this.#refuse(ctx, 400, i18n.t('accounts.passkey_wrong'))
    await throttle.succeeded()
    const account = await this.profile.of(owner)
    return response.redirect().toPath(await this.signIn.complete(ctx, account))
  }

  async destroy({ auth, response, session, i18n }: HttpContext) {
    await auth.use('web').logout()
    session.clear()
    session.regenerate()
    session.flash('notice', { kind: 'good', text: i18n.t('accounts.signed_out') })
    return response.redirect().toRoute('session.create')
  }

  async #refuse({ request, response, view }: HttpContext, status: number, problem: string) {
    const email = String(request.input('email') ?? '').slice(0, 254)
    const remember = request.input('remember') === '1'
    const passkeys = this.passkeys.areAvailable
    const page = { email, remember, problem, passkeys }
    return response.status(status).send(await view.render('pages/session/create', page))
  }
}
