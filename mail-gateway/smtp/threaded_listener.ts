import type { Worker } from 'node:worker_threads'
import { errorOf, failureOf, startThread } from '../thread.ts'
import type { FromThread, Question, SealedMail, ThreadOptions, ToThread } from './crossing.ts'
import type { ListenerLog } from './server.ts'

export interface ThreadedListenerOptions extends ThreadOptions {
  /** Takes responsibility for a mail whose bytes are sealed, or throws: then nothing of it is left. */
  accept: (mail: SealedMail) => Promise<{ number: number }>
  hasDomain: () => Promise<boolean>
  log: ListenerLog
}

/**
 * The outgoing listener in a thread of its own. Reading SMTP, hashing, sealing and the disk take half of the time that a mail takes
 * in all; so the other half, which needs the database, has a processor to itself.
 *
 * An error that ends the thread ends the process, as it would if there were no thread.
 */
export class ThreadedListener {
  readonly #options: ThreadedListenerOptions
  #worker: Worker | undefined
  #port = 0
  readonly #stopped = Promise.withResolvers<void>()

  constructor(options: ThreadedListenerOptions) {
    this.#options = options
  }

  /** Port that the listener stands on. */
  get port(): number {
    return this.#port
  }

  /** Resolves when the port is open; fails when it cannot be opened. */
  async start(): Promise<void> {
    const { host, port, hostname, maxMessageSize, trustedNetworks, blobs, identityKey } =
      this.#options
    const workerData: ThreadOptions = {
      ...{ host, port, hostname, maxMessageSize, trustedNetworks, blobs, identityKey },
    }
    const worker = startThread('listener_thread', import.meta.url, { workerData })
    this.#worker = worker
    const started = Promise.withResolvers<void>()
    worker.on('message', (message: FromThread) => {
      if ('listening' in message) {
        this.#port = message.listening
        started.resolve()
      } else if ('notListening' in message) {
        started.reject(errorOf(message.notListening))
      } else this.#hear(worker, message)
    })
    worker.once('error', (error) => {
      if (this.#port > 0) throw error
      started.reject(error)
    })
    await started.promise
  }

  /** Opens no new session, lets messages that are under way end within `grace` milliseconds, then cuts them. */
  async stop(grace: number): Promise<void> {
    this.#say({ stop: grace })
    await this.#stopped.promise
  }

  #hear(
    worker: Worker,
    message: Exclude<FromThread, { listening: number } | { notListening: object }>
  ) {
    if ('stopped' in message) {
      void worker.terminate().then(() => this.#stopped.resolve())
    } else if ('question' in message) {
      const { id } = message
      this.#answer(message.question).then(
        (answer) => this.#say({ id, answer }),
        (error: unknown) => this.#say({ id, failure: failureOf(error) })
      )
    } else {
      const { level, fields, text } = message
      const known = 'err' in fields ? { ...fields, err: errorOf(fields.err as never) } : fields
      this.#options.log[level](known, text)
    }
  }

  async #answer(question: Question): Promise<number | boolean> {
    if ('hasDomain' in question) return this.#options.hasDomain()
    const { number } = await this.#options.accept(question.mail)
    return number
  }

  #say(message: ToThread): void {
    this.#worker?.postMessage(message)
  }
}
