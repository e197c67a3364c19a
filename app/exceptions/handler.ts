import { errors as bouncerErrors } from '@adonisjs/bouncer'
import app from '@adonisjs/core/services/app'
import { errors, ExceptionHandler, type HttpContext } from '@adonisjs/core/http'
import type { HttpError, StatusPageRange, StatusPageRenderer } from '@adonisjs/core/types/http'
import { cspFactory, frameGuardFactory, noSniffFactory } from '@adonisjs/shield/guards'
import shieldConfig from '#config/shield'
import { consequenceOf, NotFound, Refused, WebtresorError } from '#errors'

/** What the shield middleware adds to an answer; it never sees an address that has no route. */
const guards = [
  cspFactory(shieldConfig.csp),
  frameGuardFactory(shieldConfig.xFrame),
  noSniffFactory(shieldConfig.contentTypeSniffing),
]

/** Every page that says no or sorry: what happened, what to do, and the reference for the log. */
export default class HttpExceptionHandler extends ExceptionHandler {
  protected debug = app.inDev
  protected renderStatusPages = !app.inDev

  protected statusPages: Record<StatusPageRange, StatusPageRenderer> = {
    '400..499': (error, { view, request }) =>
      view.render('pages/errors/refused', { status: error.status ?? 404, reference: request.id() }),
    '500..599': (error, { view, request }) =>
      view.render('pages/errors/failed', { status: error.status ?? 500, reference: request.id() }),
  }

  async handle(error: unknown, ctx: HttpContext): Promise<void> {
    // Left to itself it leads a refused form back to its page, which would not say what happened.
    if (error instanceof bouncerErrors.E_AUTHORIZATION_FAILURE) {
      return this.handle(new Refused('E_NOT_ALLOWED', error.message, { cause: error }), ctx)
    }
    if (error instanceof WebtresorError) {
      Object.assign(error, { status: consequenceOf(error).http })
    }
    if (error instanceof errors.E_ROUTE_NOT_FOUND) {
      for (const guard of guards) guard(ctx)
    }
    return super.handle(error, ctx)
  }

  /** As the page says it: left to itself it would tell scripts what the database or the disk said. */
  async renderErrorAsJSON(error: HttpError, ctx: HttpContext): Promise<void> {
    if (this.isDebuggingEnabled(ctx) || error.status < 500) {
      return super.renderErrorAsJSON(error, ctx)
    }
    const kind = error.status === 503 ? 'busy' : 'failed'
    const message = ctx.i18n.t(`errors.${kind}_text`)
    ctx.response.status(error.status).send({ message, reference: ctx.request.id() })
  }

  async renderErrorAsJSONAPI(error: HttpError, ctx: HttpContext): Promise<void> {
    return error.status < 500
      ? super.renderErrorAsJSONAPI(error, ctx)
      : this.renderErrorAsJSON(error, ctx)
  }

  async report(error: unknown, ctx: HttpContext) {
    if (error instanceof NotFound || error instanceof Refused) return
    // Its message names the address that was asked for, and below /d/ an address is a secret.
    if (error instanceof errors.E_ROUTE_NOT_FOUND) return
    return super.report(error, ctx)
  }
}
