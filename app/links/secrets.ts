import {
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  randomInt,
  timingSafeEqual,
} from 'node:crypto'

/** 160 bits in base64url without padding. */
const TOKEN = /^[A-Za-z0-9_-]{27}$/

/** A value that this installation hands to a browser: 256 bits in base64url. */
const BEARER = /^[A-Za-z0-9_-]{43}$/

/**
 * Everything secret about links, derived from the link key or drawn at random.
 *
 * Tables hold hashes only. Each use of the key is told apart by a label, and fields are joined as a JSON
 * array, so that no two different lists of fields are the same bytes.
 */
export class LinkSecrets {
  #key: KeyObject

  /** @param key 32 bytes */
  constructor(key: Buffer) {
    if (key.length !== 32) throw new Error(`The link key has ${key.length} bytes instead of 32`)
    this.#key = createSecretKey(key)
  }

  #derive(label: string, ...fields: (string | number)[]): Buffer {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([label, ...fields]))
      .digest()
  }

  /** The token of a link: the same after a crash, without being stored. 27 characters, 160 bits. */
  token(number: number, recipient: string, generation: number): string {
    return this.#derive('token', number, recipient, generation)
      .subarray(0, 20)
      .toString('base64url')
  }

  /** What the table holds of a code. Keyed: a million codes are tried in a second otherwise. */
  codeHash(codeId: string, code: string): string {
    return this.#derive('code', codeId, code).toString('hex')
  }

  /** The value that proves that a form was rendered for whoever sends it. */
  formKey(token: string, authority: string): string {
    return this.#derive('form', token, authority).toString('base64url')
  }
}

export function isToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN.test(value)
}

export function isBearer(value: unknown): value is string {
  return typeof value === 'string' && BEARER.test(value)
}

/** A new value for a browser: device or ticket. */
export function newBearer(): string {
  return randomBytes(32).toString('base64url')
}

/** Six digits, all equally likely. */
export function newCode(): string {
  return String(randomInt(1_000_000)).padStart(6, '0')
}

/** What tables hold of tokens, devices and tickets, which have too many bits to be guessed from a plain hash. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Compares in a time that depends on lengths only. */
export function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
