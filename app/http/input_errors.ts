import type { HttpContext } from '@adonisjs/core/http'
import { PermanentError, Refused } from '#errors'

/** Says at the next page's fields what is wrong with them. @param wrong words by field */
export function flashWrong({ session }: HttpContext, wrong: Record<string, string>) {
  session.flash(
    'inputErrorsBag',
    Object.fromEntries(Object.entries(wrong).map(([field, text]) => [field, [text]]))
  )
}

/**
 * The same for a refusal of the domain that is about a field.
 *
 * @param fields fields by code; the words stand under `accounts.<code>`
 * @throws the error itself when it is about none of them
 */
export function flashRefusal(ctx: HttpContext, error: unknown, fields: Record<string, string>) {
  const code = error instanceof PermanentError || error instanceof Refused ? error.code : ''
  const field = fields[code]
  if (!field) throw error
  flashWrong(ctx, { [field]: ctx.i18n.t(`accounts.${code}`) })
}

/** Which input an error about a password is about. */
export const passwordErrors = (field: string) => ({
  E_PASSWORD: field,
  E_PASSWORD_COMMON: field,
  E_PASSWORD_NAME: field,
})
