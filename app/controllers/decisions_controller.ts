import { Archive } from '#archive'
import { NotFound, Refused } from '#errors'
import { Gateway } from '#gateway'
import InstallationPolicy from '#policies/installation_policy'
import {
  answerValidator,
  decisionsValidator,
  decisionValidator,
  messageListValidator,
} from '#validators/archive'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { filled } from '../http/filled.ts'
import { Refusals } from '../http/refusals.ts'

/** What administrators decide about held mails, one or many, and a second person's word where it is wanted. */
@inject()
export default class DecisionsController {
  constructor(
    private gateway: Gateway,
    private archive: Archive,
    private refusals: Refusals
  ) {}

  /** Decides about one mail. */
  async one({ auth, bouncer, i18n, params, request, response, session }: HttpContext) {
    await bouncer.with(InstallationPolicy).authorize('administer')
    const { verb, grund } = await request.validateUsing(decisionValidator)
    const number = Number(params.number)
    try {
      const decision = { verb, actor: auth.getUserOrFail().id, why: grund }
      const outcome = await this.gateway.decide(number, decision)
      const said = outcome === 'requested' ? 'requested' : `decided_${verb}`
      session.flash('notice', {
        kind: 'good',
        text: i18n.t(`admin.${said}`, { number: String(number) }),
      })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      session.flash('notice', {
        kind: 'bad',
        text: await this.refusals.told(error, { number, verb }, i18n),
      })
    }
    return response.redirect().toRoute('admin.message', { number })
  }

  /** Applies one verb to those of the chosen mails for which it is allowed, and says which not and why. */
  async many({ auth, bouncer, i18n, request, response, session }: HttpContext) {
    await bouncer.with(InstallationPolicy).authorize('administer')
    const { mails = [], verb, grund } = await request.validateUsing(decisionsValidator)
    const decision = { verb, actor: auth.getUserOrFail().id, why: grund }
    const done: number[] = []
    const requested: number[] = []
    const lines: string[] = []
    for (const number of new Set(mails)) {
      try {
        const outcome = await this.gateway.decide(number, decision)
        ;(outcome === 'requested' ? requested : done).push(number)
      } catch (error) {
        if (!(error instanceof Refused || error instanceof NotFound)) throw error
        lines.push(await this.refusals.told(error, { number, verb }, i18n))
      }
    }
    const text = [
      mails.length === 0 ? i18n.t('admin.none_chosen') : '',
      done.length > 0
        ? i18n.t('admin.many_done', { count: done.length, verb: i18n.t(`mail.verb_${verb}`) })
        : '',
      requested.length > 0 ? i18n.t('admin.many_requested', { count: requested.length }) : '',
      lines.length > 0 ? i18n.t('admin.many_refused', { count: lines.length }) : '',
    ]
    const kind = done.length + requested.length === 0 ? 'bad' : lines.length > 0 ? 'warn' : 'good'
    session.flash('notice', { kind, text: text.filter(Boolean).join(' '), lines })
    const [, filter] = await messageListValidator.tryValidate(filled(request.qs()))
    return response
      .redirect()
      .clearQs()
      .withQs(filter ? filled(request.qs()) : {})
      .toRoute('admin.index')
  }

  /** Confirms or refuses what another administrator asked for. */
  async answer({ auth, bouncer, i18n, params, request, response, session }: HttpContext) {
    await bouncer.with(InstallationPolicy).authorize('administer')
    const { antwort, grund } = await request.validateUsing(answerValidator)
    const number = Number(params.number)
    const confirms = antwort === 'confirm'
    try {
      await this.gateway.answer(number, { confirms, actor: auth.getUserOrFail().id, why: grund })
      const said = confirms ? 'confirmed_request' : 'refused_request'
      session.flash('notice', {
        kind: 'good',
        text: i18n.t(`admin.${said}`, { number: String(number) }),
      })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      session.flash('notice', {
        kind: 'bad',
        text: await this.refusals.told(error, { number }, i18n),
      })
    }
    return response.redirect().toRoute('admin.message', { number })
  }

  /** Whether a second administrator has to agree before a mail leaves unchanged. */
  async rule({ auth, bouncer, i18n, request, response, session }: HttpContext) {
    await bouncer.with(InstallationPolicy).authorize('administer')
    const on = request.input('vier_augen') === '1'
    await this.archive.fourEyes.set(on, auth.getUserOrFail().id)
    session.flash('notice', {
      kind: 'good',
      text: i18n.t(on ? 'admin.four_eyes_on' : 'admin.four_eyes_off'),
    })
    return response.redirect().toRoute('admin.index')
  }
}
