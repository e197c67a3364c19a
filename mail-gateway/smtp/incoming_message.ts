import { PermanentError, TransientError } from '#errors'
import { BareNewlines } from './bare_newlines.ts'
import { LoopGuard, type LoopRules } from './loop_guard.ts'

export interface ContentRules extends LoopRules {
  /** Bytes after dot-unstuffing. */
  maxSize: number
  /** Bare CR and LF pass as they are. */
  bareNewlines: boolean
}

/**
 * The content of one message on its way from the wire into the archive: it passes unchanged or it fails, and whoever reads it
 * stores nothing when it fails. PermanentError E_TOO_LARGE, E_LOOP, E_BARE_NEWLINE; TransientError E_CLIENT_GONE.
 */
export class IncomingMessage implements AsyncIterable<Buffer> {
  readonly #wire: AsyncIterable<Buffer>
  readonly #rules: ContentRules
  #reading: AsyncGenerator<Buffer, void, void> | undefined
  #complete = false

  constructor(wire: AsyncIterable<Buffer>, rules: ContentRules) {
    this.#wire = wire
    this.#rules = rules
  }

  /** The content was read to its end and broke no rule. */
  get complete(): boolean {
    return this.#complete
  }

  /** One reading: the wire passes once. */
  [Symbol.asyncIterator](): AsyncGenerator<Buffer, void, void> {
    return (this.#reading ??= this.#read())
  }

  /** Lets go of the wire, also for a reader that stopped without saying so. */
  async abandon(): Promise<void> {
    await this.#reading?.return().catch(() => {})
  }

  async *#read(): AsyncGenerator<Buffer, void, void> {
    const rules = this.#rules
    const loop = new LoopGuard(rules)
    const newlines = rules.bareNewlines ? null : new BareNewlines()
    let size = 0
    for await (const chunk of unbroken(this.#wire)) {
      size += chunk.length
      if (size > rules.maxSize) {
        throw new PermanentError(
          'E_TOO_LARGE',
          `The message is longer than ${rules.maxSize} bytes.`
        )
      }
      loop.see(chunk)
      newlines?.see(chunk)
      yield chunk
    }
    this.#complete = true
  }
}

/** The wire breaks in one way only: the client is gone. */
async function* unbroken(wire: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  try {
    yield* wire
  } catch (error) {
    throw new TransientError('E_CLIENT_GONE', 'The client went away before the end of the data.', {
      cause: error,
    })
  }
}
