/** How much of a mail's beginning is looked at, in bytes: enough for the header of any mail a person sees. */
const LENGTH = 64 * 1024

/** The first bytes of a mail that passes: what a list shows of it is read from them. */
export class Beginning {
  #chunks: Uint8Array[] = []
  #length = 0

  /** What was kept, in memory of its own. */
  get bytes(): Buffer<ArrayBuffer> {
    const bytes = Buffer.from(new ArrayBuffer(this.#length))
    let at = 0
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at)
      at += chunk.length
    }
    return bytes
  }

  /** Passes everything on. */
  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    for await (const chunk of source) {
      const kept = new Uint8Array(chunk.subarray(0, LENGTH - this.#length))
      if (kept.length > 0) this.#chunks.push(kept)
      this.#length += kept.length
      yield chunk
    }
  }
}
