import type { Language } from '#accounts'
import { NotFound, PermanentError, Refused } from '#errors'
import { Invitations, type InvitationKind, type InvitationState } from '#invitations'
import { registrationValidator } from '#validators/invitations'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { SignIn } from '../http/sign_in.ts'
import { said } from '../http/tell.ts'

/** Which input an error is about. */
const inputs: Record<string, string> = {
  E_USERNAME: 'username',
  E_USERNAME_TAKEN: 'username',
  E_NAME: 'full_name',
  E_PASSWORD: 'password',
  E_PASSWORD_COMMON: 'password',
  E_PASSWORD_NAME: 'password',
}

/** The pages behind mailed one-time links. Opening one changes nothing; what decides stands in the invitation, not in the form. */
@inject()
export default class InvitationsController {
  constructor(
    private invitations: Invitations,
    private signIn: SignIn
  ) {}

  async show(ctx: HttpContext) {
    const token = String(ctx.params.token)
    try {
      const invitation = await this.invitations.look(token, kindsOf(ctx))
      if (invitation.state !== 'open') return await closed(ctx, invitation.state)
      return await ctx.view.render('pages/invitations/show', {
        invitation,
        action: routeOf(ctx),
        token,
        person: ctx.auth.user ?? null,
      })
    } catch (error) {
      if (error instanceof NotFound) return closed(ctx, 'missing')
      throw error
    }
  }

  async store(ctx: HttpContext) {
    const { auth, i18n, request, response, session } = ctx
    const [error, input] = await registrationValidator.tryValidate(request.all())
    if (error) {
      const wrong = error.messages as { field: string }[]
      return back(ctx, [...new Set(wrong.map(({ field }) => field))], i18n.t('accounts.missing'))
    }
    let accepted
    try {
      accepted = await this.invitations.accept(String(ctx.params.token), kindsOf(ctx), {
        fullName: input.full_name ?? '',
        username: input.username,
        password: input.password ?? '',
        locale: input.sprache ?? (i18n.locale as Language),
      })
    } catch (problem) {
      if (problem instanceof NotFound) return closed(ctx, 'missing')
      if (problem instanceof Refused && problem.code === 'E_INVITATION_OVER') {
        return closed(ctx, (problem.facts as { state: InvitationState }).state)
      }
      const isAboutInput = problem instanceof PermanentError || problem instanceof Refused
      const field = isAboutInput ? inputs[problem.code] : undefined
      if (!field) throw problem
      return back(ctx, [field], i18n.t(`accounts.${(problem as Refused).code}`))
    }

    const { account, invitation, isNew } = accepted
    const { vault } = invitation
    const place = vault ? `/webtresore/${vault.number}` : '/'
    const welcome = vault ? 'people.welcome_vault' : 'people.welcome'
    const values = { number: String(vault?.number ?? '') }
    if (isNew) {
      await this.signIn.complete(ctx, account, { isNew: true })
      said(ctx, welcome, values)
      return response.redirect().toPath(place)
    }
    if (auth.user?.id === account.id) {
      said(ctx, welcome, values)
      return response.redirect().toPath(place)
    }
    // Whoever else is signed in here stays so; the link says whose mailbox it is, not who sits here.
    if (auth.user) {
      said(ctx, 'people.accepted_other', values)
      return response.redirect().toPath('/')
    }
    said(ctx, 'people.accepted_sign_in', values)
    session.setIntendedUrl(place)
    return response.redirect().toRoute('session.create')
  }
}

/** Staff sign-up and invitations have addresses of their own, and no link works under the other one. */
function isSignUp({ route }: HttpContext): boolean {
  return route?.pattern.startsWith('/registrieren') === true
}

function kindsOf(ctx: HttpContext): InvitationKind[] {
  return isSignUp(ctx) ? ['staff'] : ['vault', 'house']
}

function routeOf(ctx: HttpContext): 'registrations.accept' | 'invitations.accept' {
  return isSignUp(ctx) ? 'registrations.accept' : 'invitations.accept'
}

/** Shows the form again with what was typed, except the password. */
function back(ctx: HttpContext, fields: string[], text: string) {
  const { request, response, session, params } = ctx
  session.flash(request.only(['full_name', 'username', 'sprache']))
  session.flash('inputErrorsBag', Object.fromEntries(fields.map((field) => [field, [text]])))
  const route = isSignUp(ctx) ? 'registrations.show' : 'invitations.show'
  return response.redirect().toRoute(route, { token: String(params.token) })
}

/** 404 for a link that nobody was sent, 410 for one that has ended. */
async function closed({ response, view }: HttpContext, state: InvitationState | 'missing') {
  const page = await view.render('pages/invitations/closed', { ended: state })
  return response.status(state === 'missing' ? 404 : 410).send(page)
}
