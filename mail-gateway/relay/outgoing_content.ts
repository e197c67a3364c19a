import { Readable } from 'node:stream'

/**
 * The content of one attempt. It is opened when the peer has asked for it and not before, so that `started` tells whether the
 * peer could have taken anything.
 */
export class OutgoingContent {
  readonly stream: Readable
  #started = false
  #ended = false
  #failure: { cause: unknown } | null = null

  constructor(open: () => AsyncIterable<Uint8Array>) {
    this.stream = Readable.from(this.#read(open), { objectMode: false })
  }

  get started(): boolean {
    return this.#started
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Why the content could not be read, when that is what happened. */
  get failure(): { cause: unknown } | null {
    return this.#failure
  }

  async *#read(open: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    this.#started = true
    try {
      for await (const chunk of open()) yield chunk
      this.#ended = true
    } catch (cause) {
      this.#failure = { cause }
      throw new Error('The content could not be read', { cause })
    }
  }
}
