import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { NotFound, Refused } from '#errors'
import { Links, same, type LinkView } from '#links'
import { telemetry } from '#telemetry'
import { RETURNS } from '#uploads'
import { isHttps } from '#config/app'
import { DEVICE_COOKIE, privately, visitorOf } from '../http/link_visitor.ts'
import { sendFile } from '../http/send_file.ts'
import { sentBack } from './link_returns_controller.ts'

/** As long as tickets may live. */
const A_DAY = 24 * 60 * 60

/** What a page says about the last attempt. */
interface Problem {
  /** Key of the wording. */
  key: string
  [value: string]: unknown
}

/**
 * The page of a link, `/d/<token>`, for its recipient. GET and HEAD change nothing and set no cookie; whatever
 * does something is a form sent by POST, and works without script.
 */
@inject()
export default class LinksController {
  constructor(private links: Links) {}

  async show(ctx: HttpContext) {
    const view = await this.#open(ctx)
    if (!view) return
    telemetry.linkOpened({ number: view.number })
    return this.#render(ctx, view)
  }

  async requestCode(ctx: HttpContext) {
    const view = await this.#openForm(ctx, 'locked')
    if (!view) return
    const result = await this.links.requestCode(ctx.params.token, await visitorOf(ctx))
    if (result.status === 'sent') return this.#back(ctx)
    ctx.response.status(429)
    return this.#render(ctx, view, { key: 'code_throttled', time: result.retryAt })
  }

  async confirm(ctx: HttpContext) {
    const view = await this.#openForm(ctx, 'locked')
    if (!view) return
    const remember = ctx.request.input('remember') === '1'
    const code = String(ctx.request.input('code') ?? '')
    const visitor = { ...(await visitorOf(ctx)), remember }
    const result = await this.links.confirm(ctx.params.token, code, visitor)
    if (result.status === 'confirmed') {
      const seconds = result.keepUntil && (result.keepUntil.getTime() - Date.now()) / 1000
      keepDevice(ctx, result.device, seconds === null ? undefined : Math.round(seconds))
      return this.#back(ctx)
    }
    ctx.response.status(result.status === 'throttled' ? 429 : 422)
    const now = await this.#open(ctx)
    if (!now) return
    const keys = { wrong: 'code_wrong', no_code: 'code_none', throttled: 'tries_throttled' }
    return this.#render(ctx, now, {
      key: keys[result.status],
      left: result.status === 'wrong' ? result.triesLeft : 0,
      remember,
    })
  }

  /** Hands out a ticket: the download itself is a GET of the ticket's address. */
  async download(ctx: HttpContext) {
    const view = await this.#openForm(ctx, 'open')
    if (!view) return
    const wanted = ctx.request.input('file')
    const visitor = await visitorOf(ctx)
    const { ticket, device } = await this.links.ticket(
      ctx.params.token,
      wanted === 'all' ? 'all' : Number(wanted),
      visitor
    )
    if (device !== visitor.device) keepDevice(ctx, device, A_DAY)
    ctx.response.redirect().status(303).toPath(`/d/${ctx.params.token}/datei/${ticket}`)
  }

  /** The bytes of a ticket. */
  async send(ctx: HttpContext) {
    privately(ctx)
    try {
      const { token, ticket } = ctx.params
      const download = await this.links.redeem(token, ticket, await visitorOf(ctx))
      await sendFile(ctx, download)
    } catch (error) {
      if (error instanceof NotFound) return this.#missing(ctx)
      throw error
    }
  }

  async want(ctx: HttpContext) {
    const view = await this.#openForm(ctx, 'locked', 'open', 'expired')
    if (!view) return
    try {
      const asker = String(ctx.request.input('address') ?? '').trim()
      const visitor = { ...(await visitorOf(ctx)), asker }
      const result = await this.links.requestNewLink(ctx.params.token, visitor)
      if (result.status === 'throttled') {
        ctx.response.status(429)
        return this.#render(ctx, view, { key: 'asked_throttled' })
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      if (error.code === 'E_FILES_GONE') return this.#back(ctx)
      ctx.response.status(422)
      return this.#render(ctx, view, { key: 'not_yours_wrong' })
    }
    return this.#back(ctx)
  }

  /** Whoever reloads, or chooses another language, after a form said no. */
  back(ctx: HttpContext) {
    privately(ctx)
    this.#back(ctx)
  }

  /** Opens the link, or answers that there is none. */
  async #open(ctx: HttpContext): Promise<LinkView | undefined> {
    privately(ctx)
    try {
      return await this.links.open(ctx.params.token, await visitorOf(ctx))
    } catch (error) {
      if (!(error instanceof NotFound)) throw error
      await this.#missing(ctx)
      return undefined
    }
  }

  /**
   * Opens the link for what a form asks, in one of `states`. A form that was not rendered for this visitor, or for
   * another state of the link, does nothing: its sender sees the page as it is now.
   */
  async #openForm<S extends LinkView['state']>(
    ctx: HttpContext,
    ...states: S[]
  ): Promise<Extract<LinkView, { state: S }> | undefined> {
    const view = await this.#open(ctx)
    if (!view) return undefined
    const form = ctx.request.input('form')
    if (typeof form === 'string' && same(form, view.form) && inState(view, states)) return view
    this.#back(ctx)
    return undefined
  }

  #back({ response, params }: HttpContext) {
    response.redirect().status(303).toPath(`/d/${params.token}`)
  }

  async #render(ctx: HttpContext, view: LinkView, problem?: Problem) {
    if (view.state === 'expired' && ctx.response.getStatus() === 200) ctx.response.status(410)
    ctx.response.send(
      await ctx.view.render(`pages/link/${view.state}`, {
        link: view,
        token: ctx.params.token,
        problem,
        mailLeaves: this.links.mailLeaves,
        sentBack: sentBack(ctx),
        returns: RETURNS,
        now: new Date(),
      })
    )
  }

  async #missing(ctx: HttpContext) {
    ctx.response.status(404).send(await ctx.view.render('pages/link/missing'))
  }
}

function inState<S extends LinkView['state']>(
  view: LinkView,
  states: S[]
): view is Extract<LinkView, { state: S }> {
  return (states as string[]).includes(view.state)
}

/** @param maxAge seconds; without, the browser forgets when it is closed */
function keepDevice({ response }: HttpContext, device: string, maxAge?: number) {
  response.plainCookie(DEVICE_COOKIE, device, {
    encode: false,
    path: '/d',
    httpOnly: true,
    secure: isHttps,
    sameSite: 'lax',
    maxAge,
  })
}
