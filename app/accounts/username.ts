import { PermanentError } from '#errors'

/**
 * A user name in the one form in which it is stored and compared: composed, lower case. It never contains an @, so that it is
 * never taken for an address, and letters of one script only, so that no two names look alike.
 *
 * @throws PermanentError `E_USERNAME` when it has not between 3 and 64 Latin letters, digits, dots, dashes or underscores,
 *   or begins with a sign
 */
export function normalUsername(text: string): string {
  const name = text.trim().normalize('NFKC').toLowerCase().normalize('NFC')
  if (!/^[\p{Script=Latin}\d][\p{Script=Latin}\d._-]{2,63}$/u.test(name)) {
    throw new PermanentError('E_USERNAME', `${text} is not a user name`)
  }
  return name
}
