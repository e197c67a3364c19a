import { buffer } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import type { Blobs } from '#blobs'
import type { Message } from './message.ts'

/** Up to a blob's segment, which is decrypted whole for the smallest range of it anyway. Bytes. */
const SMALL = 1024 * 1024

/** As a file is read: others get their turn between two, which reading from memory would not give them. Bytes. */
const PIECE = 64 * 1024

/** Of originals that have just come in and that nobody has read yet: what a busy gateway takes in while the workers catch up. Bytes. */
const REMEMBERED = 16 * 1024 * 1024

/** Whoever has not read an original by then works elsewhere, or will not soon. Milliseconds. */
const FORGOTTEN_AFTER = 60_000

/** In bytes, `end` exclusive. */
interface Range {
  start: number
  end?: number
}

interface Fresh {
  bytes: Buffer
  /** As `performance.now()`. */
  since: number
}

/**
 * The originals' bytes. Whoever works on a mail reads one range of it after another, some thirty in all: a small original is
 * therefore read from the disk once for each Message object, and kept for as long as that lives; one that has just come in
 * is not read from the disk at all.
 */
export class Originals {
  readonly #blobs: Blobs
  readonly #fresh = new Map<string, Fresh>()
  #size = 0
  readonly #small = new WeakMap<Message, Promise<Buffer>>()

  constructor(blobs: Blobs) {
    this.#blobs = blobs
  }

  /** Keeps an original's bytes until they are first read, where there is room: what came first is read first. */
  remember(blob: string, bytes: Buffer): void {
    const now = performance.now()
    for (const [oldest, { since }] of this.#fresh) {
      if (now - since < FORGOTTEN_AFTER) break
      this.#recall(oldest)
    }
    if (this.#size + bytes.length > REMEMBERED) return
    this.#fresh.set(blob, { bytes, since: now })
    this.#size += bytes.length
  }

  #recall(blob: string): Buffer | undefined {
    const fresh = this.#fresh.get(blob)
    this.#size -= fresh?.bytes.length ?? 0
    this.#fresh.delete(blob)
    return fresh?.bytes
  }

  /** Nothing happens before the first read. @throws as Blobs.read */
  read(message: Message, range?: Range): AsyncIterable<Buffer> {
    if (message.size > SMALL) return this.#blobs.read(message.blob, range)
    return this.#fromMemory(message, range)
  }

  /** As `read`; a piece is the reader's until he asks for the next one. */
  lend(message: Message, range?: Range): AsyncIterable<Buffer> {
    if (message.size > SMALL) return this.#blobs.lend(message.blob, range)
    return this.#fromMemory(message, range)
  }

  async *#fromMemory(message: Message, range: Range = { start: 0 }) {
    const bytes = (await this.#whole(message)).subarray(range.start, range.end)
    for (let at = 0; at < bytes.length; at += PIECE) {
      if (at > 0) await turn()
      yield bytes.subarray(at, at + PIECE)
    }
  }

  #whole(message: Message): Promise<Buffer> {
    const known = this.#small.get(message)
    if (known) return known
    const fresh = this.#recall(message.blob)
    const reading = fresh ? Promise.resolve(fresh) : buffer(this.#blobs.read(message.blob))
    this.#small.set(message, reading)
    reading.catch(() => this.#small.delete(message))
    return reading
  }
}
