import { createHash, timingSafeEqual } from 'node:crypto'
import { Refused } from '#errors'

/** Algorithms of the checksum extension (tus 1.0, "Checksum"), the first as the protocol demands. */
export const ALGORITHMS = ['sha1', 'sha256']

/** Compares what a request brings with what it says of it. */
export class Checksum {
  #hash
  #expected

  /** @param header `sha1 <base64>` @throws Refused `E_CHECKSUM_UNKNOWN` */
  constructor(header: string) {
    const [algorithm, value, ...more] = header.trim().split(' ')
    if (!ALGORITHMS.includes(algorithm!) || !value || more.length > 0) {
      throw new Refused('E_CHECKSUM_UNKNOWN', 'Upload-Checksum: not an algorithm that we know')
    }
    this.#hash = createHash(algorithm!)
    this.#expected = Buffer.from(value, 'base64')
  }

  async *watch(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      this.#hash.update(chunk)
      yield chunk
    }
  }

  /** @throws Refused `E_CHECKSUM` */
  assertEqual(): void {
    const found = this.#hash.digest()
    const expected = this.#expected
    if (found.length === expected.length && timingSafeEqual(found, expected)) return
    throw new Refused('E_CHECKSUM', 'The bytes do not have the checksum that was sent with them')
  }
}
