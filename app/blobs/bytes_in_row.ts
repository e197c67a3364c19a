import type { BlobBytes } from './driver.ts'

/** The bytes of a blob that is too small for a file: they were read with their row. */
export class BytesInRow implements BlobBytes {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get size(): number {
    return this.#bytes.length
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return new Uint8Array(this.#bytes.subarray(offset, offset + length))
  }

  async close(): Promise<void> {}
}
