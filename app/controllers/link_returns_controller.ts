import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { NotFound, PermanentError, Refused, TransientError, WebtresorError } from '#errors'
import { Links, same, type Returning } from '#links'
import { RETURNS, Uploads } from '#uploads'
import { formParts } from '../http/form_parts.ts'
import { privately, visitorOf } from '../http/link_visitor.ts'
import { uploadRefused } from '../http/upload_words.ts'

/** Files in one form at most; scripts send them one by one. */
const MOST_FILES = 50

/**
 * „Dateien zurücksenden“: what recipients send back through their link, with a script (a ticket, then tus) or by a plain form.
 * Nothing of it is on the disk in plain, and nothing whole in memory.
 */
@inject()
export default class LinkReturnsController {
  constructor(
    private links: Links,
    private uploads: Uploads
  ) {}

  /** A ticket for the page's script. */
  async ticket(ctx: HttpContext) {
    const returning = await this.#returning(ctx, String(ctx.request.input('form') ?? ''))
    if (!returning) return ctx.response.status(403).send({ code: 'E_NOT_CONFIRMED' })
    const { link, to } = returning
    const { ticket } = await this.uploads.returnTicket(link, to)
    ctx.response.status(201).send({ ticket, endpoint: Uploads.path })
  }

  /** The plain form: its files one after the other, as they come. Its proof stands in the address, ahead of them. */
  async store(ctx: HttpContext) {
    const { request, response, params } = ctx
    const page = `/d/${params.token}`
    const returning = await this.#returning(ctx, String(request.qs().form ?? ''))
    if (!returning) return response.redirect().status(303).toPath(page)
    if (!request.is(['multipart/form-data'])) return response.redirect().status(303).toPath(page)
    const { count, refused } = await this.#take(ctx, returning)
    const nicht = refused ? `&nicht=${refused.code}` : ''
    response.redirect().status(303).toPath(`${page}?gesendet=${count}${nicht}`)
  }

  /** Takes files until one is refused. */
  async #take({ request, response }: HttpContext, returning: Returning) {
    let count = 0
    let refused: WebtresorError | undefined
    try {
      for await (const { filename, type, bytes } of formParts(request.request)) {
        const name = lastOf(filename)
        if (name === '' || refused || count >= MOST_FILES) continue
        try {
          await this.uploads.takeReturned(returning, { name, type }, bytes)
          count++
        } catch (error) {
          if (!isTold(error)) throw error
          refused = error
        }
      }
    } catch (error) {
      // What was not read stands in the way of what else would come on this connection.
      response.header('Connection', 'close')
      throw error
    }
    return { count, refused }
  }

  /** Where the visitor's files go; nothing for a form that was not made for him. */
  async #returning(ctx: HttpContext, form: string) {
    privately(ctx)
    const { token } = ctx.params
    const visitor = await visitorOf(ctx)
    try {
      const view = await this.links.open(token, visitor)
      if (!same(form, view.form)) return undefined
      return await this.links.returning(token, visitor)
    } catch (error) {
      if (error instanceof Refused || error instanceof NotFound) return undefined
      throw error
    }
  }
}

/** What the page says after files were sent: how many came, and why others did not. */
export function sentBack({ request, i18n }: HttpContext) {
  const { gesendet, nicht } = request.qs() as Record<string, string | undefined>
  if (gesendet === undefined) return undefined
  const count = Math.min(Number(gesendet) || 0, 10_000)
  const code = /^E_[A-Z_]{1,40}$/.test(nicht ?? '') ? nicht! : ''
  return { count, problem: code && uploadRefused(code, { ...RETURNS, most: RETURNS.bytes }, i18n) }
}

function isTold(error: unknown): error is WebtresorError {
  return (
    error instanceof Refused || error instanceof PermanentError || error instanceof TransientError
  )
}

/** Some programs send a path. */
const lastOf = (filename = '') => filename.split(/[/\\]/).at(-1)!
