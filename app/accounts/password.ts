import { randomInt } from 'node:crypto'
import { PermanentError } from '#errors'
import { isCommon } from './common_passwords.ts'

/** Makes and checks password hashes; a hash says itself how it was made. */
export interface Hash {
  make(value: string): Promise<string>
  verify(hashed: string, value: string): Promise<boolean>
}

export const PASSWORD_LENGTH = 12

/** Hashing reads every character: nobody needs more, and nobody may keep us busy with more. */
const LONGEST = 512

/** What is left of a password without the names in it must be as long as this, or the names are the password. */
const OWN = 6

/** The same password typed on different keyboards may come composed or decomposed (RFC 8265, section 4.2). */
export function normalPassword(password: string): string {
  return password.normalize('NFC')
}

/** Whose password it becomes. */
export interface PasswordOwner {
  email: string
  username?: string | null
  fullName?: string
}

/**
 * At least 12 characters, not one that everybody uses, and not made of the names that belong to the account
 * (NIST SP 800-63B, section 5.1.1.2). Nothing is asked about kinds of characters: a few words are a good password.
 *
 * @throws PermanentError `E_PASSWORD` for fewer than 12 characters or more than 512, `E_PASSWORD_COMMON`, `E_PASSWORD_NAME`
 */
export async function assertPassword(password: string, owner: PasswordOwner): Promise<void> {
  const length = [...normalPassword(password)].length
  if (length < PASSWORD_LENGTH || length > LONGEST) {
    throw new PermanentError(
      'E_PASSWORD',
      `A password has between ${PASSWORD_LENGTH} and ${LONGEST} characters, this one has ${length}`
    )
  }
  const plain = normalPassword(password).toLowerCase()
  if (withoutNames(plain, namesOf(owner)).length < OWN) {
    throw new PermanentError('E_PASSWORD_NAME', 'The password is made of names of its account')
  }
  if (await isCommon(plain)) {
    throw new PermanentError('E_PASSWORD_COMMON', 'The password is one that many people use')
  }
}

function namesOf({ email, username, fullName }: PasswordOwner): string[] {
  const words = [email, ...email.split(/[@._+-]/), username ?? '', ...(fullName ?? '').split(/\s+/)]
  return [...words, 'webtresor']
    .map((word) => word.toLowerCase().normalize('NFC'))
    .filter((word) => word.length >= 3)
    .sort((one, other) => other.length - one.length)
}

function withoutNames(password: string, names: string[]): string {
  return names.reduce((left, name) => left.replaceAll(name, ''), password)
}

/** Without characters that look alike. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** A password that a person can type: four groups of five, about 116 bits. */
export function generatePassword(): string {
  const group = () => Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return [group(), group(), group(), group()].join('-')
}
