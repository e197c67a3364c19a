import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { TransientError } from '#errors'
import type { Address } from './address.ts'

/** No answer of clamd comes near this, in bytes. */
const LONGEST_ANSWER = 8192

/** The scanner does not answer, hung up, or says things that cannot be. */
export class ClamdError extends TransientError {
  constructor(reason: string, options?: ErrorOptions) {
    super('E_SCANNER', reason, options)
  }
}

/**
 * One connection to clamd for one command: commands begin with `z` and end with NUL, and so does the answer.
 * It ends by itself when nothing moves for as long as `patience` allows.
 */
export class Conversation {
  readonly #socket: Socket
  #received = ''
  #failure: Error | undefined
  /** The answer without its NUL, as soon as it is there. */
  answer: string | undefined

  /** @throws ClamdError when nobody listens, or nobody answers within `limit` milliseconds */
  static async open(address: Address, limit: number): Promise<Conversation> {
    const conversation = new Conversation(connect({ ...address, timeout: limit }))
    await conversation.#event('connect')
    return conversation
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('utf8')
    socket.on('error', (error) => (this.#failure ??= error))
    socket.on('timeout', () => socket.destroy(new ClamdError('the scanner does not answer')))
    socket.on('data', (text: string) => this.#take(text))
  }

  /** How long nothing may move, in milliseconds. */
  patience(limit: number): void {
    this.#socket.setTimeout(limit)
  }

  /**
   * Resolves when the socket takes more, at the pace of the scanner.
   *
   * @throws ClamdError when the connection is gone
   */
  async send(...buffers: (Buffer | Uint8Array)[]): Promise<void> {
    this.#assertOpen()
    this.#socket.cork()
    for (const buffer of buffers) this.#socket.write(buffer)
    this.#socket.uncork()
    if (this.#socket.writableNeedDrain) await this.#event('drain', 'answer')
  }

  /** @throws ClamdError when the connection ends without an answer */
  async receive(): Promise<string> {
    if (this.answer === undefined) {
      this.#assertOpen()
      await this.#event('answer')
    }
    if (this.answer === undefined) throw this.#error()
    return this.answer
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(text: string) {
    this.#received += text
    const end = this.#received.indexOf('\0')
    if (end === -1 && this.#received.length < LONGEST_ANSWER) return
    // Anything behind the NUL makes it no answer of clamd: it is kept, so that nobody takes it for one.
    const exact = end === this.#received.length - 1
    this.answer = exact ? this.#received.slice(0, end) : this.#received
    this.#socket.emit('answer')
    this.#socket.destroy()
  }

  /** Waits for one of these events; the end of the connection counts as one when an answer has come. */
  async #event(...names: string[]): Promise<void> {
    const waiting = new AbortController()
    const { signal } = waiting
    try {
      await Promise.race([...names, 'close'].map((name) => once(this.#socket, name, { signal })))
    } catch (error) {
      this.#failure ??= error as Error
    } finally {
      waiting.abort()
    }
    if (this.answer === undefined && (this.#failure || this.#socket.destroyed)) throw this.#error()
  }

  #assertOpen() {
    if (this.answer === undefined && this.#socket.destroyed) throw this.#error()
  }

  #error(): ClamdError {
    if (this.#failure instanceof ClamdError) return this.#failure
    const reason = this.#failure?.message ?? 'it hung up without an answer'
    return new ClamdError(`the scanner cannot be reached: ${reason}`, { cause: this.#failure })
  }
}
