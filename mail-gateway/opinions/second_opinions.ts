import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { opinionLimits, type OpinionLimits } from '../limits.ts'
import type { Disagreement, Leaf } from './reading.ts'
import type { Question } from './reader_thread.ts'

/** What is to be read: the bytes, their number, and the leaves that we see in them. */
export interface Subject {
  open: () => AsyncIterable<Uint8Array>
  size: number
  leaves: Leaf[]
}

/** The source runs as it stands, the build as what it was compiled to. */
const thread = new URL(`./reader_thread${extname(import.meta.url)}`, import.meta.url)

/**
 * Asks two other parsers what they see in a mail. They read in one thread with limits, one mail after the other, so that
 * one mail at a time is in memory; the thread begins with the first odd mail and ends when none has come for a while.
 */
export class SecondOpinions {
  readonly #limits: OpinionLimits
  #worker: Worker | null = null
  #idle: NodeJS.Timeout | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(limits: Partial<OpinionLimits> = {}) {
    this.#limits = { ...opinionLimits, ...limits }
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

  /** Ends the thread; a question under way is answered as one that crashed. */
  close(): Promise<void> {
    return this.#end()
  }

  async #read({ open, size, leaves }: Subject): Promise<Disagreement[]> {
    const bytes = new Uint8Array(size)
    let at = 0
    for await (const chunk of open()) {
      bytes.set(chunk, at)
      at += chunk.length
    }
    clearTimeout(this.#idle)
    const found = await this.#answer({ bytes: bytes.buffer, leaves })
    this.#idle = setTimeout(() => void this.#end(), this.#limits.idle)
    this.#idle.unref()
    return found
  }

  async #answer(question: Question): Promise<Disagreement[]> {
    const worker = (this.#worker ??= this.#begin())
    worker.ref()
    const { promise, resolve } = Promise.withResolvers<Disagreement[]>()
    const failed = (reason: Disagreement['reason']) => resolve([{ path: '', reason }])
    const crashed = () => failed('opinions_crashed')
    const deadline = setTimeout(() => {
      failed('opinions_timed_out')
      void this.#end()
    }, this.#limits.time)
    worker.once('message', resolve)
    worker.once('exit', crashed)
    worker.postMessage(question, [question.bytes])
    const found = await promise
    clearTimeout(deadline)
    worker.off('message', resolve)
    worker.off('exit', crashed)
    worker.unref()
    return found
  }

  #begin(): Worker {
    const worker = new Worker(thread, {
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.heap },
      // Nothing that a parser prints belongs into our log.
      stdout: true,
      stderr: true,
    })
    // What throws in the thread ends it, which is what whoever waits hears of.
    worker.on('error', () => {})
    worker.stdout.resume()
    worker.stderr.resume()
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = null
    })
    return worker
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }
}
