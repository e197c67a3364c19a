import { Redis } from 'ioredis'
import { settlesWithin } from './doorbell.ts'
import { hearWith, type Hear, type Signals } from './signals.ts'

/** How long parting from Redis may take, in milliseconds. */
const PARTING = 1000

/** Signals over Redis. */
export class RedisSignals implements Signals {
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
    this.#hearing.on('message', (channel, text) => {
      hearWith(this.#hear.get(channel), text, this.#id)
    })
  }

  setId(id: string): this {
    this.#id = id
    return this
  }

  async publish(channel: string, what: unknown): Promise<void> {
    const signal = JSON.stringify({ from: this.#id, what })
    await this.#speaking.publish(channel, signal).catch(() => {})
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
}
