import encryption from '@adonisjs/core/services/encryption'
import { inject } from '@adonisjs/core'
import type { HttpContext } from '@adonisjs/core/http'
import { csrfFactory } from '@adonisjs/shield/guards'
import edge from 'edge.js'
import shieldConfig from '#config/shield'
import { SecondFactors } from '#accounts'
import { NotFound } from '#errors'
import { Uploads, type TusAnswer, type Uploader } from '#uploads'
import { uploadRefused } from '../http/upload_words.ts'

const checkCsrf = csrfFactory(shieldConfig.csrf, encryption.use(), edge)

/**
 * Files that come in by the protocol tus 1.0. Browsers are who their session says, with the page's token in X-CSRF-TOKEN; other
 * programs bear a ticket (`Authorization: Bearer`), and then no cookie counts.
 */
@inject()
export default class UploadsController {
  constructor(
    private uploads: Uploads,
    private factors: SecondFactors
  ) {}

  async handle(ctx: HttpContext) {
    const { request } = ctx
    const uploader = request.method() === 'OPTIONS' ? NOBODY : await this.#uploader(ctx)
    if (!uploader) return
    const answer = await this.uploads.answer(uploader, {
      method: request.method(),
      url: request.url(),
      headers: headersOf(ctx),
      body: request.request,
    })
    tell(ctx, answer)
  }

  /** Who uploads, or nothing, and then the answer is given. */
  async #uploader(ctx: HttpContext): Promise<Uploader | undefined> {
    const ticket = /^Bearer (\S+)$/i.exec(ctx.request.header('authorization') ?? '')?.[1]
    if (ticket !== undefined) {
      return this.uploads.bearer(ticket).catch((error: unknown) => {
        if (!(error instanceof NotFound)) throw error
        return refuse(ctx, 401, error.code)
      })
    }
    if (!(await ctx.auth.check()) || ctx.auth.user!.disabledAt !== null) {
      return refuse(ctx, 401, 'E_SIGNED_OUT')
    }
    if (await this.factors.isMissing(ctx.auth.user!)) return refuse(ctx, 403, 'E_SECOND_FACTOR')
    if (!(await isFromOurPage(ctx))) return refuse(ctx, 403, 'E_CSRF')
    return { kind: 'member', userId: ctx.auth.user!.id }
  }
}

/** Says what the server can, which is no secret. */
const NOBODY: Uploader = { kind: 'member', userId: 0 }

async function isFromOurPage(ctx: HttpContext): Promise<boolean> {
  // Without a secret the guard would begin one.
  if (!ctx.session.has('csrf-secret')) return false
  try {
    await checkCsrf(ctx)
    return true
  } catch (error) {
    if ((error as { code?: string }).code === 'E_BAD_CSRF_TOKEN') return false
    throw error
  }
}

function headersOf({ request }: HttpContext): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers())) {
    for (const one of [value].flat()) if (one !== undefined) headers.append(name, one)
  }
  return headers
}

function tell({ response, i18n }: HttpContext, answer: TusAnswer) {
  const { status, headers, refusal } = answer
  response.status(status)
  for (const [name, value] of headers) if (name !== 'content-length') response.header(name, value)
  response.header('Cache-Control', 'no-store')
  if (!refusal) {
    if (answer.body !== '') response.header('Content-Type', 'text/plain; charset=utf-8')
    return response.send(answer.body === '' ? null : answer.body)
  }
  const { code, facts } = refusal
  response.send({ code, message: uploadRefused(code, facts, i18n), ...namesIn(facts) })
}

function refuse({ response, i18n }: HttpContext, status: number, code: string): undefined {
  response.header('Tus-Resumable', '1.0.0')
  response.status(status).send({ code, message: uploadRefused(code, {}, i18n) })
}

/** What is there already, for a page that asks what to do. */
function namesIn({ names }: Record<string, unknown>) {
  return Array.isArray(names) ? { names: names as string[] } : {}
}
