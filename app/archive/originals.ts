import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Blobs } from '#blobs'
import type { Message } from './message.ts'

/** Up to a blob's segment, which is decrypted whole for the smallest range of it anyway. Bytes. */
const SMALL = 1024 * 1024

/**
 * The originals' bytes. Whoever works on a mail reads one range of it after another, some thirty in all: a small original is
 * therefore read from the disk once for each Message object, and kept for as long as that lives.
 */
export class Originals {
  readonly #blobs: Blobs
  readonly #small = new WeakMap<Message, Promise<Buffer>>()

  constructor(blobs: Blobs) {
    this.#blobs = blobs
  }

  /** Nothing happens before the first read. @throws as Blobs.read */
  read(message: Message, range?: { start: number; end?: number }): Readable {
    if (message.size > SMALL) return this.#blobs.read(message.blob, range)
    return Readable.from(this.#fromMemory(message, range), { objectMode: false })
  }

  async *#fromMemory(message: Message, range: { start: number; end?: number } = { start: 0 }) {
    const bytes = (await this.#whole(message)).subarray(range.start, range.end)
    if (bytes.length > 0) yield bytes
  }

  #whole(message: Message): Promise<Buffer> {
    const known = this.#small.get(message)
    if (known) return known
    const reading = buffer(this.#blobs.read(message.blob))
    this.#small.set(message, reading)
    reading.catch(() => this.#small.delete(message))
    return reading
  }
}
