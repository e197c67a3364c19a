import i18nManager from '@adonisjs/i18n/services/main'
import type { I18n } from '@adonisjs/i18n'
import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'

export const LOCALE_COOKIE = 'sprache'

/** German first: the language chosen by the visitor, else what his browser asks for, else German. */
export default class LocaleMiddleware {
  async handle(ctx: HttpContext, next: NextFn) {
    const chosen = ctx.request.plainCookie(LOCALE_COOKIE, '', false)
    const supported = i18nManager.supportedLocales()
    const locale = supported.includes(chosen)
      ? chosen
      : (ctx.request.language(supported) ?? i18nManager.defaultLocale)
    ctx.i18n = i18nManager.locale(locale)
    if ('view' in ctx) ctx.view.share({ i18n: ctx.i18n, locale })
    return next()
  }
}

declare module '@adonisjs/core/http' {
  export interface HttpContext {
    i18n: I18n
  }
}
