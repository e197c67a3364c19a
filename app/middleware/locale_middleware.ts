import i18nManager from '@adonisjs/i18n/services/main'
import type { I18n } from '@adonisjs/i18n'
import type { HttpContext } from '@adonisjs/core/http'
import type { NextFn } from '@adonisjs/core/types/http'

/** Cookie that keeps the chosen language, and query parameter that chooses it. */
export const LOCALE_COOKIE = 'sprache'

/**
 * German first: the language just chosen by a link, else the one chosen earlier, else what the browser asks
 * for, else German. Runs for every request, so that pages that say "not found" speak it too.
 */
export default class LocaleMiddleware {
  async handle(ctx: HttpContext, next: NextFn) {
    const supported = i18nManager.supportedLocales()
    const chosen = supported.find((locale) => locale === ctx.request.qs()[LOCALE_COOKIE])
    if (chosen) ctx.response.plainCookie(LOCALE_COOKIE, chosen, { encode: false, maxAge: '1y' })

    const kept = ctx.request.plainCookie(LOCALE_COOKIE, '', false)
    const locale =
      chosen ?? supported.find((one) => one === kept) ?? ctx.request.language(supported)
    ctx.i18n = i18nManager.locale(locale ?? i18nManager.defaultLocale)
    if ('view' in ctx) ctx.view.share({ i18n: ctx.i18n })
    return next()
  }
}

declare module '@adonisjs/core/http' {
  export interface HttpContext {
    i18n: I18n
  }
}
