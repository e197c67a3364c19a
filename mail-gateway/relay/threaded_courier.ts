import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { relayLimits } from '../limits.ts'
import { errorOf, startThread, type Failure } from '../thread.ts'
import type { Courier, DeliveryResult, OutgoingMail } from './courier.ts'
import { SmtpCourier, type SmtpCourierOptions } from './smtp_courier.ts'

export type ToCourier =
  | { id: number; mail: Omit<OutgoingMail, 'content'>; bytes: Uint8Array<ArrayBuffer> }
  | { close: true }

export type FromCourier = { id: number; result: DeliveryResult } | { id: number; failure: Failure }

/** What goes into the thread in one piece. Bytes. */
const SMALL = 64 * 1024

/** Of twelve connections so many are for what is larger; the thread has the others. */
const FOR_LARGE = 4

/**
 * All bytes, in memory that holds nothing else and so can move into another thread: small buffers of Node lie together
 * in blocks of 64 KiB, and a whole block would be copied for each.
 */
async function ownBytes(content: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}

/**
 * Delivers to a smarthost from a thread of its own, so that speaking SMTP leaves the processor to the work that needs the database.
 * Large mails go from this thread, as a stream.
 *
 * The thread begins with the first mail. An error that ends it ends the process, as it would if there were no thread.
 */
export class ThreadedCourier implements Courier {
  readonly #options: SmtpCourierOptions
  readonly #large: SmtpCourier
  readonly #waiting = new Map<number, PromiseWithResolvers<DeliveryResult>>()
  #worker: Worker | undefined
  #sent = 0

  constructor(options: SmtpCourierOptions) {
    const { connections } = { ...relayLimits, ...options.limits }
    const limits = (share: number) => ({ ...options.limits, connections: share })
    this.#options = { ...options, limits: limits(Math.max(1, connections - FOR_LARGE)) }
    this.#large = new SmtpCourier({ ...options, limits: limits(FOR_LARGE) })
  }

  async deliver(mail: OutgoingMail): Promise<DeliveryResult> {
    if (mail.size > SMALL) return this.#large.deliver(mail)
    const { content, ...about } = mail
    const bytes = await ownBytes(content())
    this.#worker ??= this.#begin()
    const id = this.#sent++
    const answer = Promise.withResolvers<DeliveryResult>()
    this.#waiting.set(id, answer)
    this.#worker.postMessage({ id, mail: about, bytes } satisfies ToCourier, [bytes.buffer])
    return answer.promise
  }

  async close(): Promise<void> {
    const worker = this.#worker
    worker?.postMessage({ close: true } satisfies ToCourier)
    await Promise.all([this.#large.close(), worker && once(worker, 'exit')])
  }

  #begin(): Worker {
    const worker = startThread('courier_thread', import.meta.url, { workerData: this.#options })
    worker.on('message', (message: FromCourier) => {
      const answer = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if ('failure' in message) answer?.reject(errorOf(message.failure))
      else answer?.resolve(message.result)
    })
    worker.once('error', (error) => {
      throw error
    })
    return worker
  }
}
