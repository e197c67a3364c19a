import { createPostgresBackend, runMigrations } from 'bullmq'
import pg from 'pg'
import { type BullBackend, type Factory, QUEUE } from './bull_backend.ts'

/** BullMQ's own schema: its tables stay apart from ours where both are in one database. */
const SCHEMA = 'bullmq'
/** Connections of a process: one listens, the others are for short statements. */
const CONNECTIONS = 5
/** How long a connection is waited for, in milliseconds. */
const CONNECT_WITHIN = 1000

/** BullMQ on PostgreSQL, in a database of its own or beside our tables. */
export class PostgresBackend implements BullBackend {
  readonly driver = 'postgres'
  /** BullMQ's types know connections to Redis only, so the pool comes in here. */
  readonly options = { connection: {} }
  readonly #pool: pg.Pool

  constructor(url: string, onError: (error: unknown) => void) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: CONNECTIONS,
      connectionTimeoutMillis: CONNECT_WITHIN,
      keepAlive: true,
      options: `-c search_path=${SCHEMA}`,
    })
    this.#pool.on('error', onError)
  }

  readonly factory: Factory = (name, options, more) =>
    createPostgresBackend(name, { ...options, connection: this.#pool }, more)

  /** BullMQ remembers for ever that its tables were missing, so it is not asked before they are there. */
  async prepare(): Promise<void> {
    const client = await this.#pool.connect()
    try {
      await runMigrations(client, SCHEMA)
    } finally {
      client.release()
    }
  }

  /** Nothing is known before asking: a pool connects when it must. */
  async isUp(): Promise<boolean> {
    return true
  }

  async keptDelay(key: string): Promise<number | undefined> {
    const { rows } = await this.#pool.query<{ delay: number | null }>(
      "SELECT (payload->'opts'->>'delay')::bigint AS delay FROM dedup_next WHERE queue = $1 AND dedup_id = $2",
      [QUEUE, key]
    )
    return rows[0] && Number(rows[0].delay ?? 0)
  }

  async dueAt(jobId: string): Promise<number | undefined> {
    const { rows } = await this.#pool.query<{ due: number }>(
      "SELECT process_at_ms AS due FROM job WHERE queue = $1 AND id = $2 AND state = 'delayed'",
      [QUEUE, jobId]
    )
    return rows[0] && Number(rows[0].due)
  }

  letGo(): void {
    this.#pool.end().catch(() => {})
  }
}
