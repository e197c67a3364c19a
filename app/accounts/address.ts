import { domainToASCII } from 'node:url'
import { PermanentError } from '#errors'

/**
 * A mail domain in the one form in which it is stored and compared: lower case, ASCII (RFC 5890), no dot at the end.
 *
 * @throws PermanentError `E_DOMAIN` when it is none
 */
export function normalDomain(text: string): string {
  const name = text.trim().replace(/\.$/, '').toLowerCase()
  // domainToASCII reads a URL's host and drops what follows a slash.
  const ascii = /[\s/\\?#:@%]/.test(name) ? '' : domainToASCII(name)
  if (
    !/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?=[^.]*[a-z])[a-z0-9-]{2,63}$/.test(ascii) ||
    ascii.length > 253
  ) {
    throw new PermanentError('E_DOMAIN', `${text} is not a mail domain`)
  }
  return ascii
}

/**
 * A mail address in the one form in which it is stored and compared. Upper case in the local part is given up:
 * no mail system tells two people apart by it (RFC 5321, section 2.4, allows it).
 *
 * @throws PermanentError `E_ADDRESS` when it is none
 */
export function normalAddress(text: string): string {
  const trimmed = text.trim().toLowerCase()
  const at = trimmed.lastIndexOf('@')
  const local = trimmed.slice(0, at)
  if (at < 1 || trimmed.length > 254 || /[\s<>",;]|[\p{Cc}]/u.test(local)) {
    throw new PermanentError('E_ADDRESS', `${text} is not a mail address`)
  }
  try {
    return `${local}@${normalDomain(trimmed.slice(at + 1))}`
  } catch (cause) {
    throw new PermanentError('E_ADDRESS', `${text} is not a mail address`, { cause })
  }
}

/** The domain of a normal address. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}
