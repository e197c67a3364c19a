import { createHash, randomBytes } from 'node:crypto'

/** 256 bits in base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/

export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What the table holds of a token, which has too many bits to be guessed from it. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

export function isToken(text: string): boolean {
  return TOKEN.test(text)
}
