import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * The mark on mails of our own: `X-Webtresor-Id: <id> <HMAC-SHA256>`. One that comes back to a listener of ours is a
 * loop; nobody else can make one, so nobody can have honest mail refused as a loop.
 */
export class PostIdentity {
  readonly key: Uint8Array

  /** @param key of the HMAC, 32 bytes */
  constructor(key: Uint8Array) {
    this.key = key
  }

  /** @param secret installation secret, at least 32 bytes; a key of its own is derived from it */
  static of(secret: Buffer): PostIdentity {
    return new PostIdentity(createHmac('sha256', secret).update('x-webtresor-id').digest())
  }

  /** Value of the header field for the letter `id`. */
  sign(id: string): string {
    return `${id} ${this.#mac(id).toString('hex')}`
  }

  /** Whether a header field's value was made here. */
  isOurs(value: string): boolean {
    const [id, mac, rest] = value.trim().split(/\s+/)
    if (!id || !mac || rest !== undefined || !/^[0-9a-f]{64}$/.test(mac)) return false
    return timingSafeEqual(Buffer.from(mac, 'hex'), this.#mac(id))
  }

  #mac(id: string): Buffer {
    return createHmac('sha256', this.key).update(id).digest()
  }
}
