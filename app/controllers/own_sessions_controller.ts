import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { deviceInWords, sessionKey, Sessions } from '#accounts'

/** Where a person is signed in. */
@inject()
export default class OwnSessionsController {
  constructor(protected sessions: Sessions) {}

  async index({ auth, session, view, i18n }: HttpContext) {
    const own = await this.sessions.of(auth.getUserOrFail().id)
    const current = sessionKey(session.sessionId)
    const language = i18n.locale === 'en' ? 'en' : 'de'
    const list = own.map((one) => ({
      ...one,
      device: deviceInWords(one.agent, language),
      isCurrent: one.key === current,
    }))
    return view.render('pages/profile/sessions', {
      sessions: list.sort((one, other) => Number(other.isCurrent) - Number(one.isCurrent)),
    })
  }

  async destroy({ auth, params, response, session, i18n }: HttpContext) {
    await this.sessions.endOne(auth.getUserOrFail().id, String(params.key))
    session.flash('notice', { kind: 'good', text: i18n.t('profile.session_ended') })
    return response.redirect().toRoute('profile.sessions')
  }

  async destroyOthers({ auth, response, session, i18n }: HttpContext) {
    const { id } = auth.getUserOrFail()
    const keep = sessionKey(session.sessionId)
    const count = await this.sessions.endOthers(id, keep)
    session.flash('notice', { kind: 'good', text: i18n.t('profile.sessions_ended', { count }) })
    return response.redirect().toRoute('profile.sessions')
  }
}
