import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { LANGUAGES, Profile } from '#accounts'
import { flashRefusal } from '../http/input_errors.ts'
import { speak } from '../http/sign_in.ts'

/** A person's name, user name and language. */
@inject()
export default class ProfileController {
  constructor(protected profile: Profile) {}

  async show({ auth, view }: HttpContext) {
    const account = await this.profile.of(auth.getUserOrFail().id)
    return view.render('pages/profile/show', { account })
  }

  async update(ctx: HttpContext) {
    const { auth, request, response, session, i18n } = ctx
    const locale = LANGUAGES.find((one) => one === request.input('locale')) ?? null
    const wanted = {
      fullName: String(request.input('full_name') ?? '').slice(0, 300),
      username: String(request.input('username') ?? '').slice(0, 100) || null,
      locale,
    }
    try {
      await this.profile.change(auth.getUserOrFail().id, wanted)
    } catch (error) {
      session.flash(request.only(['full_name', 'username']))
      flashRefusal(ctx, error, {
        E_NAME: 'full_name',
        E_USERNAME: 'username',
        E_USERNAME_TAKEN: 'username',
      })
      return response.redirect().toRoute('profile.show')
    }
    if (locale) {
      speak(ctx, locale)
      i18n.switchLocale(locale)
    }
    session.flash('notice', { kind: 'good', text: i18n.t('profile.saved') })
    return response.redirect().toRoute('profile.show')
  }
}
