import { createRedisBackend, type QueueOptions } from 'bullmq'
import { Redis, type RedisOptions } from 'ioredis'
import { settlesWithin } from './doorbell.ts'
import { type BullBackend, QUEUE } from './bull_backend.ts'

const PREFIX = 'webtresor'

/** In BullMQ's set of delayed jobs the score is the due time in milliseconds times this. */
const DELAYED_SCORE = 0x1000

/** How long the very first connection is waited for, in milliseconds. Later on, down is down. */
const FIRST_CONNECTION = 1000

/**
 * A connection that also remembers the copies BullMQ makes of it for blocking commands: with Redis out of reach
 * BullMQ leaves them open when it is closed, and they would keep the process alive by reconnecting for ever.
 */
class RedisConnection extends Redis {
  readonly #copies: Redis[] = []

  constructor(url: string) {
    super(url, {
      maxRetriesPerRequest: null,
      connectTimeout: 5000,
      retryStrategy: (times) => Math.min(50 * 2 ** times, 2000),
    })
  }

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = super.duplicate(override)
    this.#copies.push(copy)
    return copy
  }

  letGo(): void {
    for (const connection of [this, ...this.#copies]) connection.disconnect()
  }
}

/** BullMQ on Redis. */
export class RedisBackend implements BullBackend {
  readonly driver = 'redis'
  readonly factory = createRedisBackend
  readonly options: QueueOptions
  readonly #connection: RedisConnection
  readonly #ready: Promise<unknown>

  constructor(url: string, onError: (error: unknown) => void) {
    this.#connection = new RedisConnection(url)
    this.#connection.on('error', onError)
    this.#ready = new Promise((resolve) => this.#connection.once('ready', resolve))
    this.options = { connection: this.#connection, prefix: PREFIX }
  }

  async prepare(): Promise<void> {}

  async isUp(): Promise<boolean> {
    if (this.#connection.status === 'connecting' || this.#connection.status === 'connect') {
      await settlesWithin(this.#ready, FIRST_CONNECTION)
    }
    return this.#connection.status === 'ready'
  }

  /** BullMQ keeps such a ring as the hash `dn:<key>`. */
  async keptDelay(key: string): Promise<number | undefined> {
    const kept = await this.#connection.hget(`${PREFIX}:${QUEUE}:dn:${key}`, 'opts')
    return kept === null ? undefined : ((JSON.parse(kept) as { delay?: number }).delay ?? 0)
  }

  async dueAt(jobId: string): Promise<number | undefined> {
    const score = await this.#connection.zscore(`${PREFIX}:${QUEUE}:delayed`, jobId)
    return score === null ? undefined : Number(score) / DELAYED_SCORE
  }

  letGo(): void {
    this.#connection.letGo()
  }
}
