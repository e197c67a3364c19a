import type { Readable } from 'node:stream'
import type { Address } from './address.ts'
import { ClamdError, Conversation } from './conversation.ts'
import { BLINDNESS, isSizeLimit, type Verdict, verdictOf } from './verdict.ts'

export interface Patience {
  /** Until a connection is open, and until a simple question is answered. */
  connect: number
  /** Without clamd taking another byte. */
  stall: number
  /** From the last byte to the verdict; clamd itself stops after MaxScanTime, by default 120 s. */
  answer: number
}

/** In milliseconds. */
export const patience: Patience = { connect: 5000, stall: 60_000, answer: 300_000 }

/** clamd counts stream lengths in 32 bits with a sign. */
const LONGEST_STREAM = 2 ** 31 - 1

/** Silence after which the announcement of a length counts as agreed to, in milliseconds. */
const NO_OBJECTION = 500

const INSTREAM = Buffer.from('zINSTREAM\0')
const END = Buffer.alloc(4)

/** A clamd, asked by its own protocol: one connection a question. */
export class Clamd {
  readonly #address: Address
  readonly #patience: Patience

  constructor(address: Address, limits: Patience = patience) {
    this.#address = address
    this.#patience = limits
  }

  /** @throws ClamdError unless it answers as clamd does */
  async ping(): Promise<void> {
    const answer = await this.#ask('PING')
    if (answer !== 'PONG') throw new ClamdError('what answers there is no clamd')
  }

  /** Such as `ClamAV 1.4.6/27463/Mon Nov 23 08:40:29 2026`: program, signatures and their date. */
  version(): Promise<string> {
    return this.#ask('VERSION')
  }

  /**
   * Whether streams of `size` bytes are within its StreamMaxLength. clamd objects as soon as it reads the length of
   * a chunk, so nothing needs to be sent to learn it.
   */
  async takes(size: number): Promise<boolean> {
    if (size > LONGEST_STREAM) return false
    const conversation = await Conversation.open(this.#address, this.#patience.connect)
    try {
      await conversation.send(INSTREAM, lengthOf(size))
      conversation.patience(NO_OBJECTION)
      return !isSizeLimit(await conversation.receive())
    } catch (error) {
      if (error instanceof ClamdError) return true
      throw error
    } finally {
      conversation.close()
    }
  }

  /**
   * Streams the content and returns the verdict. Errors of `source` are thrown; those of the scanner are verdicts.
   */
  async scan(source: Readable): Promise<Verdict> {
    const progress = { sent: 0, complete: false }
    try {
      const answer = await this.#instream(source, progress)
      return answer === undefined
        ? { status: 'unchecked', reason: BLINDNESS.large }
        : verdictOf(answer, progress.complete)
    } catch (error) {
      if (!(error instanceof ClamdError)) throw error
      // clamd hangs up on a stream that is too long; the reset of the connection may overtake its answer, even
      // after the last byte went into the socket.
      const tooLong = progress.sent > 0 && !(await this.takes(progress.sent).catch(() => true))
      return tooLong
        ? { status: 'unchecked', reason: BLINDNESS.large }
        : { status: 'unavailable', reason: error.message }
    } finally {
      source.destroy()
    }
  }

  /** @returns the answer, or nothing when the content is longer than any clamd takes */
  async #instream(
    source: Readable,
    progress: { sent: number; complete: boolean }
  ): Promise<string | undefined> {
    const conversation = await Conversation.open(this.#address, this.#patience.connect)
    try {
      conversation.patience(this.#patience.stall)
      await conversation.send(INSTREAM)
      for await (const chunk of source as AsyncIterable<Buffer>) {
        if (chunk.length === 0) continue
        progress.sent += chunk.length
        if (progress.sent > LONGEST_STREAM) return undefined
        await conversation.send(lengthOf(chunk.length), chunk)
        if (conversation.answer !== undefined) return conversation.answer
      }
      conversation.patience(this.#patience.answer)
      await conversation.send(END)
      progress.complete = conversation.answer === undefined
      return await conversation.receive()
    } finally {
      conversation.close()
    }
  }

  async #ask(command: string): Promise<string> {
    const conversation = await Conversation.open(this.#address, this.#patience.connect)
    try {
      await conversation.send(Buffer.from(`z${command}\0`))
      return await conversation.receive()
    } finally {
      conversation.close()
    }
  }
}

function lengthOf(size: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(size)
  return length
}
