import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { Accounts } from '#accounts'
import User from '#models/user'
import { signInValidator } from '#validators/session'
import { SignInThrottle } from '../sign_in_throttle.ts'

/** Sign-in and sign-out. */
@inject()
export default class SessionController {
  constructor(protected accounts: Accounts) {}

  async create({ view }: HttpContext) {
    return view.render('pages/session/create', { email: '' })
  }

  /** A wrong password and an unknown address get one answer, and both count as attempts. */
  async store(ctx: HttpContext) {
    const { request, response, auth, session, i18n } = ctx
    const [error, input] = await signInValidator.tryValidate(request.all())
    if (error) return this.#refuse(ctx, 400, i18n.t('accounts.wrong'))

    const throttle = new SignInThrottle(input.email, request.ip())
    const wait = await throttle.attempt()
    if (wait > 0) {
      response.header('Retry-After', String(wait))
      return this.#refuse(ctx, 429, i18n.t('accounts.wait', { wait: waitText(i18n, wait) }))
    }

    const account = await this.accounts.authenticate(input.email, input.password)
    if (!account) return this.#refuse(ctx, 400, i18n.t('accounts.wrong'))
    await throttle.succeeded()

    // What a stranger may have put into the session before does not come along, except where to go.
    const intended = session.pullIntendedUrl()
    session.clear()
    await auth.use('web').login(await User.findOrFail(account.id))
    return response.redirect().toPath(intended ?? '/')
  }

  async destroy({ auth, response, session, i18n }: HttpContext) {
    await auth.use('web').logout()
    session.clear()
    session.regenerate()
    session.flash('notice', { kind: 'good', text: i18n.t('accounts.signed_out') })
    return response.redirect().toRoute('session.create')
  }

  #refuse({ request, response, view }: HttpContext, status: number, problem: string) {
    const email = String(request.input('email') ?? '').slice(0, 254)
    return view.render('pages/session/create', { email, problem }).then((page) => {
      return response.status(status).send(page)
    })
  }
}

function waitText(i18n: HttpContext['i18n'], seconds: number): string {
  return seconds < 60
    ? i18n.t('accounts.seconds', { count: seconds })
    : i18n.t('accounts.minutes', { count: Math.ceil(seconds / 60) })
}
