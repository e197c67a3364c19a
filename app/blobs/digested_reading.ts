import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { crc32 } from 'node:zlib'
import type { Digests } from './blobs.ts'

/**
 * A blob on its way to a reader, who may stop before its end, and its digests, for which it is read to the end in any case:
 * once, where the reader takes all of it.
 */
export class DigestedReading {
  #read: (start: number) => Readable
  #sha256 = createHash('sha256')
  #crc32 = 0
  #done = 0
  #stream: Readable | null = null

  /** @param read gives the bytes from `start` */
  constructor(read: (start: number) => Readable) {
    this.#read = read
  }

  /** The plain text from its start, to be read once. Errors are those of the blob. */
  stream(): Readable {
    const stream = Readable.from(this.#rest(), { objectMode: false, highWaterMark: 1 })
    // Whoever reads it is told; where nobody does any more, `finish` meets the same error.
    stream.on('error', () => {})
    this.#stream = stream
    return stream
  }

  /** Ends the stream and reads what it has not given. @throws as reading the blob does */
  async finish(): Promise<Digests> {
    const stream = this.#stream
    if (stream && !stream.closed) {
      // A piece on its way is counted before the stream says that it is closed.
      stream.destroy()
      await new Promise((resolve) => stream.once('close', resolve))
    }
    const rest = this.#rest()
    while (!(await rest.next()).done);
    return { sha256: this.#sha256.digest('hex'), crc32: this.#crc32 }
  }

  async *#rest(): AsyncGenerator<Buffer> {
    for await (const chunk of this.#read(this.#done) as AsyncIterable<Buffer>) {
      this.#sha256.update(chunk)
      this.#crc32 = crc32(chunk, this.#crc32)
      this.#done += chunk.length
      yield chunk
    }
  }
}
