import { PermanentError } from '#errors'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/**
 * The one text of `value`: RFC 8785, restricted to integers that a double holds exactly, so that no reader
 * ever has to format a fraction.
 *
 * @throws PermanentError `E_NOT_CANONICAL` for fractions, -0, integers beyond 2^53 - 1, lone surrogates, undefined
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return text(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw refuse(`the number ${value}`)
    return String(value)
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object') throw refuse(`a value of type ${typeof value}`)
  // Sorted by UTF-16 code units, as RFC 8785 section 3.2.3 asks and as sort() does.
  let members = ''
  for (const key of Object.keys(value).sort()) {
    members += `${members && ','}${text(key)}:${canonicalJson(value[key] as Json)}`
  }
  return `{${members}}`
}

function text(value: string): string {
  if (!value.isWellFormed()) throw refuse('a string with a lone surrogate')
  return JSON.stringify(value)
}

function refuse(what: string): PermanentError {
  return new PermanentError('E_NOT_CANONICAL', `Canonical JSON cannot hold ${what}`)
}
