import pg from 'pg'
import { settlesWithin } from './doorbell.ts'
import { hearWith, type Hear, type Signals } from './signals.ts'

/** How long a connection is waited for, and how long parting from it may take, in milliseconds. */
const CONNECT_WITHIN = 1000
const PARTING = 1000
/** Waits between attempts to come back, in milliseconds: doubled each time. */
const FIRST_PAUSE = 50
const LONGEST_PAUSE = 2000

/** Signals by LISTEN and NOTIFY of PostgreSQL, over one connection. A message has 8000 bytes at most there; ours have few hundred. */
export class PostgresSignals implements Signals {
  readonly #url: string
  readonly #onError: (error: unknown) => void
  readonly #hear = new Map<string, Hear>()
  #id = ''
  #client: pg.Client | undefined
  /** Settles with the attempt under way; never rejects. */
  #attempt: Promise<void>
  #pause = FIRST_PAUSE
  #later: NodeJS.Timeout | undefined
  #parted = false

  constructor(url: string, onError: (error: unknown) => void) {
    this.#url = url
    this.#onError = onError
    this.#attempt = this.#connect()
  }

  setId(id: string): this {
    this.#id = id
    return this
  }

  async publish(channel: string, what: unknown): Promise<void> {
    const signal = JSON.stringify({ from: this.#id, what })
    await this.#client?.query('SELECT pg_notify($1, $2)', [channel, signal]).catch(() => {})
  }

  /** Comes back once PostgreSQL knows of it, or with the attempt to reach it; then it is told as soon as it is there. */
  async subscribe(channel: string, hear: Hear): Promise<void> {
    this.#hear.set(channel, hear)
    await this.#attempt
    await this.#say('LISTEN', channel)
  }

  async unsubscribe(channel: string): Promise<void> {
    this.#hear.delete(channel)
    await this.#say('UNLISTEN', channel)
  }

  /** Listens again by itself, and nothing was kept that could be said now. */
  onReconnect(): void {}

  async disconnect(): Promise<void> {
    this.#parted = true
    clearTimeout(this.#later)
    await this.#attempt
    const client = this.#client
    this.#client = undefined
    if (client) await settlesWithin(client.end(), PARTING)
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: CONNECT_WITHIN,
      keepAlive: true,
    })
    client.on('error', this.#onError)
    client.on('notification', ({ channel, payload = '' }) => {
      hearWith(this.#hear.get(channel), payload, this.#id)
    })
    try {
      await client.connect()
      client.on('end', () => this.#lost(client))
      this.#client = client
      this.#pause = FIRST_PAUSE
      for (const channel of this.#hear.keys()) await this.#say('LISTEN', channel)
    } catch (error) {
      this.#onError(error)
      this.#comeBack()
    }
  }

  /** What fails here fails with the connection, and is said again by the next. */
  async #say(verb: 'LISTEN' | 'UNLISTEN', channel: string): Promise<void> {
    await this.#client?.query(`${verb} ${pg.escapeIdentifier(channel)}`).catch(() => {})
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return
    this.#client = undefined
    this.#comeBack()
  }

  #comeBack(): void {
    if (this.#parted) return
    this.#later = setTimeout(() => {
      this.#attempt = this.#connect()
    }, this.#pause)
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
  }
}
