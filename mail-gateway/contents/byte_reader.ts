/** Takes bytes off a stream, or passes over them without keeping them. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  #held = Buffer.alloc(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Lets go of the stream, whose rest nobody wants. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }

  /** Exactly `length` bytes; nothing when there are fewer. */
  async take(length: number): Promise<Buffer | null> {
    const chunks = [this.#held]
    let size = this.#held.length
    while (size < length) {
      const { value, done } = await this.#source.next()
      if (done) return null
      chunks.push(Buffer.from(value))
      size += value.length
    }
    const all = Buffer.concat(chunks)
    this.#held = all.subarray(length)
    return all.subarray(0, length)
  }

  /** Hands on `length` bytes as they come. @returns whether there were so many */
  async *pieces(length: number): AsyncGenerator<Buffer, boolean> {
    let left = length
    while (left > 0) {
      if (this.#held.length === 0) {
        const { value, done } = await this.#source.next()
        if (done) return false
        this.#held = Buffer.from(value)
      }
      const piece = this.#held.subarray(0, left)
      this.#held = this.#held.subarray(piece.length)
      left -= piece.length
      if (piece.length > 0) yield piece
    }
    return true
  }

  /** @returns whether there were so many */
  async skip(length: number): Promise<boolean> {
    let left = length
    while (left > this.#held.length) {
      left -= this.#held.length
      const { value, done } = await this.#source.next()
      if (done) return false
      this.#held = Buffer.from(value)
    }
    this.#held = this.#held.subarray(left)
    return true
  }
}
