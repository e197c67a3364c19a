import { NotFound, PermanentError, Refused } from '#errors'
import type { HttpContext } from '@adonisjs/core/http'

type Values = Record<string, string | number>
type Context = Pick<HttpContext, 'i18n' | 'session'>

/** Says on the next page that something was done. */
export function said({ i18n, session }: Context, key: string, values: Values = {}) {
  session.flash('notice', { kind: 'good', text: i18n.t(key, values) })
}

/**
 * Does something and says on the next page why it was refused, where the words for it are there: `people.E_LAST_ADMINISTRATOR`.
 *
 * @returns whether it was done
 */
export async function attempted(
  { i18n, session }: Context,
  area: string,
  work: () => Promise<void>
): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    const isRefusal =
      error instanceof Refused || error instanceof PermanentError || error instanceof NotFound
    const key = isRefusal ? `${area}.${error.code}` : ''
    if (!isRefusal || !i18n.hasMessage(key)) throw error
    session.flash('notice', { kind: 'bad', text: i18n.t(key) })
    return false
  }
}
