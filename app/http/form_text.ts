import { Exception } from '@adonisjs/core/exceptions'
import type { IncomingMessage } from 'node:http'

/** Bytes that may come before a mark that is looked for in one piece, such as the end of a header; browsers send some hundred. */
const LONGEST = 16 * 1024

export const formRefused = (code: string, message: string, cause?: unknown) =>
  new Exception(message, { code, status: 400, cause })

/** The body of a form, read up to marks in it. An answer can still be sent when reading ends early. */
export class FormText {
  readonly #source: AsyncIterator<Buffer>
  /** The first delimiter of a form has no line before it. */
  #held: Buffer = Buffer.from('\r\n')

  constructor(request: IncomingMessage) {
    this.#source = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
  }

  /** The next two characters, which stay. */
  async next(): Promise<string> {
    while (this.#held.length < 2) await this.#more()
    return this.#held.toString('latin1', 0, 2)
  }

  /**
   * What stands before a mark, in one piece; the mark is passed.
   *
   * @throws Exception `E_FORM_HEADER` when that is long
   */
  async before(mark: string): Promise<string> {
    for (let looked = 0; ;) {
      const at = this.#held.indexOf(mark, looked)
      if ((at < 0 ? this.#held.length : at) > LONGEST) {
        throw formRefused('E_FORM_HEADER', `The header of a part has more than ${LONGEST} bytes`)
      }
      if (at >= 0) {
        const text = this.#held.toString('utf8', 0, at)
        this.#held = this.#held.subarray(at + mark.length)
        return text
      }
      looked = Math.max(0, this.#held.length - mark.length + 1)
      await this.#more()
    }
  }

  /** The bytes before a mark as they come; it is passed when all of them were read. */
  async *bytesBefore(mark: string): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(mark)
      const length = at < 0 ? Math.max(0, this.#held.length - mark.length + 1) : at
      const bytes = this.#held.subarray(0, length)
      this.#held = this.#held.subarray(length)
      if (length > 0) yield bytes
      if (at >= 0) break
      await this.#more()
    }
    this.#held = this.#held.subarray(mark.length)
  }

  async pass(mark: string): Promise<void> {
    const bytes = this.bytesBefore(mark)
    while (!(await bytes.next()).done);
  }

  /** Reads to the end: on this connection other requests may follow. */
  async end(): Promise<void> {
    while (!(await this.#read()).done);
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#read()
    if (done) throw formRefused('E_FORM', 'The form ends early')
    this.#held = this.#held.length > 0 ? Buffer.concat([this.#held, value]) : value
  }

  async #read() {
    try {
      return await this.#source.next()
    } catch (error) {
      throw formRefused('E_REQUEST_ABORTED', 'Whoever sent the form has gone', error)
    }
  }
}
