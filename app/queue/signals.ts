import { Redis } from 'ioredis'
import { settlesWithin } from './doorbell.ts'

type Signal = { from: string; what: unknown }
type Hear = (what: never) => unknown

/** How long parting from Redis may take, in milliseconds. */
const PARTING = 1000

/**
 * Short messages between the processes of one installation over Redis, best effort: what is said while Redis is out of reach is
 * lost. The methods are those that @adonisjs/transmit wants of a transport.
 */
export class Signals {
  readonly #speaking: Redis
  readonly #hearing: Redis
  readonly #hear = new Map<string, Hear>()
  #id = ''

  constructor(url: string, onError: (error: unknown) => void) {
    const lasting = {
      maxRetriesPerRequest: null,
      retryStrategy: (times: number) => Math.min(50 * 2 ** times, 2000),
    }
    this.#speaking = new Redis(url, { ...lasting, enableOfflineQueue: false })
    this.#hearing = new Redis(url, lasting)
    for (const connection of [this.#speaking, this.#hearing]) connection.on('error', onError)
    this.#hearing.on('message', (channel, text) => this.#heard(channel, text))
  }

  setId(id: string): this {
    this.#id = id
    return this
  }

  async publish(channel: string, what: unknown): Promise<void> {
    const signal: Signal = { from: this.#id, what }
    await this.#speaking.publish(channel, JSON.stringify(signal)).catch(() => {})
  }

  /** Comes back once Redis knows of it, and waits while it is out of reach. */
  async subscribe(channel: string, hear: Hear): Promise<void> {
    this.#hear.set(channel, hear)
    // Fails only when the connection is let go.
    await this.#hearing.subscribe(channel).catch(() => {})
  }

  async unsubscribe(channel: string): Promise<void> {
    this.#hear.delete(channel)
    await this.#hearing.unsubscribe(channel)
  }

  /** ioredis subscribes again by itself, and nothing was kept that could be said now. */
  onReconnect(): void {}

  async disconnect(): Promise<void> {
    const connections = [this.#speaking, this.#hearing]
    const quitting = connections.map((one) => (one.status === 'ready' ? one.quit() : undefined))
    await settlesWithin(Promise.all(quitting), PARTING)
    for (const connection of connections) connection.disconnect()
  }

  #heard(channel: string, text: string) {
    const hear = this.#hear.get(channel)
    const signal = JSON.parse(text) as Signal
    if (hear && signal.from !== this.#id) hear(signal.what as never)
  }
}
