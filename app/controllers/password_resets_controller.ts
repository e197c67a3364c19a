import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { Accounts, PasswordResets } from '#accounts'
import gatewayConfig from '#config/gateway'
import { NotFound } from '#errors'
import { telemetry } from '#telemetry'
import { flashRefusal, flashWrong, passwordErrors } from '../http/input_errors.ts'
import { visitOf } from '../http/visit.ts'
import { waitText } from '../http/wait_text.ts'
import { Throttle } from '../throttle.ts'

/** A new password for who has forgotten the old one. */
@inject()
export default class PasswordResetsController {
  constructor(
    protected accounts: Accounts,
    protected resets: PasswordResets
  ) {}

  async create({ view }: HttpContext) {
    return view.render('pages/reset/create')
  }

  /**
   * The same answer for everybody, given before anybody is looked up: neither its words nor its time tell who has an account. What
   * was asked is written down before, so that a crash in between only delays the letter.
   */
  async store(ctx: HttpContext) {
    const { request, response, session, i18n } = ctx
    const login = String(request.input('email') ?? '').slice(0, 254)
    if (login.trim() === '') {
      flashWrong(ctx, { email: i18n.t('accounts.missing') })
      return response.redirect().toRoute('reset.create')
    }
    const subject = await this.accounts.subjectOf(login)
    const wait = await new Throttle('reset', subject, request.ip()).attempt()
    if (wait > 0) {
      response.header('Retry-After', String(wait))
      session.flash('notice', { kind: 'bad', text: waitText(i18n, wait) })
      return response.redirect().toRoute('reset.create')
    }
    const asked = await this.resets.request(login, visitOf(request))
    response.onFinish(() => {
      this.resets.answer(asked).catch((error: unknown) => {
        telemetry.failed({ what: 'send a link for a new password', error })
      })
    })
    const held = gatewayConfig.relayUrl === undefined
    session.flash('notice', {
      kind: 'good',
      text: i18n.t('accounts.reset_sent'),
      lines: held ? [i18n.t('accounts.reset_held')] : [],
    })
    return response.redirect().toRoute('reset.create')
  }

  async show(ctx: HttpContext) {
    const token = String(ctx.params.token)
    privately(ctx)
    if (!(await this.resets.isOpen(token))) return closed(ctx)
    return ctx.view.render('pages/reset/show', { token })
  }

  async update(ctx: HttpContext) {
    const { request, response, session, i18n } = ctx
    const token = String(ctx.params.token)
    privately(ctx)
    const password = String(request.input('password') ?? '').slice(0, 1024)
    try {
      await this.resets.redeem(token, password, visitOf(request))
    } catch (error) {
      if (error instanceof NotFound) return closed(ctx)
      flashRefusal(ctx, error, passwordErrors('password'))
      return response.redirect().toRoute('reset.show', { token })
    }
    session.flash('notice', { kind: 'good', text: i18n.t('accounts.reset_done') })
    return response.redirect().toRoute('session.create')
  }
}

/** The address opens the page: it goes to no other site and into no cache. */
function privately({ response }: HttpContext) {
  response.header('Referrer-Policy', 'no-referrer')
  response.header('Cache-Control', 'no-store')
}

async function closed({ response, view }: HttpContext) {
  return response.status(404).send(await view.render('pages/reset/closed'))
}
