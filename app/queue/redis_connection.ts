import { Redis, type RedisOptions } from 'ioredis'

/**
 * A connection that also remembers the copies BullMQ makes of it for blocking commands: with Redis out of reach
 * BullMQ leaves them open when it is closed, and they would keep the process alive by reconnecting for ever.
 */
export class RedisConnection extends Redis {
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

  /** Drops this connection and its copies at once, whatever they wait for. */
  letGo(): void {
    for (const connection of [this, ...this.#copies]) connection.disconnect()
  }
}
