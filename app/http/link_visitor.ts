import type { HttpContext } from '@adonisjs/core/http'
import { SecondFactors } from '#accounts'
import type { Visitor } from '#links'

/** Value that makes a browser known after a code, and to which tickets are bound. */
export const DEVICE_COOKIE = 'webtresor_geraet'

/** What holds for everything below `/d/`: the address is a secret, and so is what it shows. */
export function privately({ response }: HttpContext) {
  response.header('Referrer-Policy', 'no-referrer')
  response.header('X-Robots-Tag', 'noindex, nofollow')
  response.header('Cache-Control', 'no-store')
}

export async function visitorOf({
  request,
  auth,
  i18n,
  containerResolver,
}: HttpContext): Promise<Visitor> {
  await auth.check()
  const user = auth.user?.disabledAt === null ? auth.user : undefined
  const factors = await containerResolver.make(SecondFactors)
  return {
    device: request.plainCookie(DEVICE_COOKIE, undefined, false),
    userId: user && !(await factors.isMissing(user)) ? user.id : undefined,
    ip: request.ip(),
    locale: i18n.locale === 'en' ? 'en' : 'de',
  }
}
