import { opinionLimits, type OpinionLimits } from '../limits.ts'
import { ReadingProcess } from '../reading_process.ts'
import type { Disagreement, Leaf } from './reading.ts'
import type { Question } from './readers_process.ts'

/** What is to be read: the bytes, their number, and the leaves that we see in them. */
export interface Subject {
  open: () => AsyncIterable<Uint8Array>
  size: number
  leaves: Leaf[]
}

/**
 * Asks two other parsers what they see in a mail. They read in one process with limits, one mail after the other, so that
 * one mail at a time is in memory.
 */
export class SecondOpinions {
  readonly #limits: OpinionLimits
  readonly #readers: ReadingProcess<Question, Disagreement[]>
  #turn: Promise<unknown> = Promise.resolve()

  constructor(limits: Partial<OpinionLimits> = {}) {
    this.#limits = { ...opinionLimits, ...limits }
    this.#readers = new ReadingProcess('./readers_process', import.meta.url, this.#limits)
  }

  /**
   * Where the other two disagree with us; empty when all three see the same parts. What they cannot read within the limits
   * counts as a disagreement. Throws only what the source throws.
   */
  ask(subject: Subject): Promise<Disagreement[]> {
    if (subject.size > this.#limits.size) {
      return Promise.resolve([{ path: '', reason: 'too_large_to_compare' }])
    }
    const answer = this.#turn.then(() => this.#read(subject))
    this.#turn = answer.catch(() => {})
    return answer
  }

  /** Ends the process; a question under way is answered as one that crashed. */
  close(): void {
    this.#readers.close()
  }

  async #read({ open, size, leaves }: Subject): Promise<Disagreement[]> {
    const bytes = new Uint8Array(size)
    let at = 0
    for await (const chunk of open()) {
      bytes.set(chunk, at)
      at += chunk.length
    }
    const outcome = await this.#readers.ask({ bytes, leaves })
    return typeof outcome === 'object'
      ? outcome.answer
      : [{ path: '', reason: `opinions_${outcome}` }]
  }
}
