import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { Accounts } from '#accounts'
import { NotFound, PermanentError, Refused } from '#errors'
import { setupValidator } from '#validators/setup'
import { SignIn } from '../http/sign_in.ts'

/** Which input an error of accounts is about. */
const inputs: Record<string, string> = {
  E_ADDRESS: 'email',
  E_EMAIL_TAKEN: 'email',
  E_NAME: 'full_name',
  E_PASSWORD: 'password',
  E_PASSWORD_COMMON: 'password',
  E_PASSWORD_NAME: 'password',
  E_DOMAIN: 'domain',
}

/** The page behind the one-time link: the first administrator and the firm's mail domain. */
@inject()
export default class SetupController {
  constructor(
    protected accounts: Accounts,
    protected signIn: SignIn
  ) {}

  async show(ctx: HttpContext) {
    const token = String(ctx.params.token)
    if (!(await this.accounts.isSetupOpen(token))) return closed(ctx)
    return ctx.view.render('pages/setup/show', { token, domains: await this.accounts.domains() })
  }

  async store(ctx: HttpContext) {
    const { request, response, session, i18n } = ctx
    const [error, input] = await setupValidator.tryValidate(request.all())
    if (error) {
      const missing = error.messages as { field: string }[]
      return back(ctx, [...new Set(missing.map(({ field }) => field))], 'accounts.missing')
    }
    const domains = await this.accounts.domains()
    if (domains.length === 0 && !input.domain) return back(ctx, ['domain'], 'accounts.missing')

    try {
      const account = await this.accounts.redeemSetup(String(ctx.params.token), {
        email: input.email,
        fullName: input.full_name,
        password: input.password,
        domain: domains.length === 0 ? input.domain : undefined,
      })
      await this.signIn.complete(ctx, account, { isNew: true })
    } catch (problem) {
      if (problem instanceof NotFound) return closed(ctx)
      const field = isRefusal(problem) ? inputs[problem.code] : undefined
      if (!field) throw problem
      return back(ctx, [field], `accounts.${(problem as PermanentError).code}`)
    }
    session.flash('notice', { kind: 'good', text: i18n.t('accounts.welcome') })
    return response.redirect().toPath('/')
  }
}

const isRefusal = (error: unknown): error is PermanentError | Refused =>
  error instanceof PermanentError || error instanceof Refused

/** Shows the form again with what was typed, except the password. */
function back(
  { request, response, session, i18n, params }: HttpContext,
  fields: string[],
  key: string
) {
  session.flash(request.only(['email', 'full_name', 'domain']))
  session.flash('inputErrorsBag', Object.fromEntries(fields.map((field) => [field, [i18n.t(key)]])))
  return response.redirect().toRoute('setup.show', { token: String(params.token) })
}

async function closed({ response, view }: HttpContext) {
  return response.status(404).send(await view.render('pages/setup/closed'))
}
