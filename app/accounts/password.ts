import { randomInt } from 'node:crypto'
import { PermanentError } from '#errors'

/** Makes and checks password hashes; a hash says itself how it was made. */
export interface Hash {
  make(value: string): Promise<string>
  verify(hashed: string, value: string): Promise<boolean>
}

export const PASSWORD_LENGTH = 12

/** Hashing reads every character: nobody needs more, and nobody may keep us busy with more. */
const LONGEST = 512

/** The same password typed on different keyboards may come composed or decomposed (RFC 8265, section 4.2). */
export function normalPassword(password: string): string {
  return password.normalize('NFC')
}

/** @throws PermanentError `E_PASSWORD` for fewer than 12 characters, or more than 512 */
export function assertPassword(password: string) {
  const length = [...normalPassword(password)].length
  if (length < PASSWORD_LENGTH || length > LONGEST) {
    throw new PermanentError(
      'E_PASSWORD',
      `A password has between ${PASSWORD_LENGTH} and ${LONGEST} characters, this one has ${length}`
    )
  }
}

/** Without characters that look alike. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** A password that a person can type: four groups of five, about 116 bits. */
export function generatePassword(): string {
  const group = () => Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return [group(), group(), group(), group()].join('-')
}
