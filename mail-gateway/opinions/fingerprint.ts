import { createHash } from 'node:crypto'

/** Tab, LF, CR and space. */
const space = new Uint8Array(256)
for (const byte of [0x09, 0x0a, 0x0d, 0x20]) space[byte] = 1

/**
 * The digest by which readers' parts are compared: SHA-256 over all bytes that are no white space. Readers differ in
 * the line ends that they give to text and in what they leave of white space at the end of a line or a part; none of that
 * makes another part of it.
 */
export class Fingerprint {
  readonly #hash = createHash('sha256')
  #empty = true

  update(bytes: Uint8Array): void {
    const kept = Buffer.allocUnsafe(bytes.length)
    let size = 0
    for (const byte of bytes) {
      if (space[byte] === 0) kept[size++] = byte
    }
    if (size === 0) return
    this.#empty = false
    this.#hash.update(kept.subarray(0, size))
  }

  /** Hexadecimal; '' when there was nothing but white space. */
  digest(): string {
    return this.#empty ? '' : this.#hash.digest('hex')
  }
}

/** The fingerprint of bytes at hand. */
export function fingerprint(bytes: Uint8Array): string {
  const print = new Fingerprint()
  print.update(bytes)
  return print.digest()
}
