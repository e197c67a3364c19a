import pg from 'pg'
import { collectingListener, type Collected } from '../collecting_listener.ts'
import { freePort } from '../servers/child.ts'
import { startPostgres, type PostgresServer } from '../servers/postgres.ts'
import { startRedis, type RedisServer } from '../servers/redis.ts'
import { Installation, type Kind, type Webtresor } from './webtresor.ts'

/** One of the processes of the installation, and what it is started with. */
export interface Role {
  name: string
  kind: Kind
  settings: Record<string, string>
}

/** An installation on PostgreSQL and a queue between processes, with a smarthost that keeps what it accepts. */
export interface Several {
  at: Installation
  postgres: PostgresServer
  /** None where PostgreSQL is the queue too. */
  redis: RedisServer | undefined
  /** URL of the database. */
  database: string
  /** Port of each gateway. */
  ports: [number, number]
  /** One web, two gateways, two workers. */
  roles: Role[]
  /** What the smarthost answered 250 to, in order. */
  delivered: Collected[]
  /** The running process of each role. */
  running: Map<string, Webtresor>
  start(role: Role): Promise<Webtresor>
  startAll(): Promise<void>
  stop(): Promise<void>
}

/** @param queue what wakes workers: Redis, or the database itself */
export async function severalProcesses(
  queue: 'redis' | 'postgres',
  settings: Record<string, string> = {}
): Promise<Several> {
  const postgres = await startPostgres({ durable: true })
  const redis = queue === 'redis' ? await startRedis() : undefined
  const smarthost = await collectingListener({ maxMessageSize: 10 * 1024 * 1024 })
  const database = await postgres.createDatabase()
  const at = await Installation.create({
    DATABASE_URL: database,
    QUEUE_URL: redis?.url ?? database,
    RELAY_URL: `smtp://127.0.0.1:${smarthost.port}`,
    ...settings,
  })
  const second = await freePort()
  const roles: Role[] = [
    { name: 'web', kind: 'web', settings: {} },
    { name: 'gateway 1', kind: 'gateway', settings: {} },
    { name: 'gateway 2', kind: 'gateway', settings: { SMTP_OUT_PORT: String(second) } },
    { name: 'worker 1', kind: 'worker', settings: {} },
    { name: 'worker 2', kind: 'worker', settings: {} },
  ]
  const running = new Map<string, Webtresor>()
  const start = async ({ name, kind, settings: own }: Role) => {
    const one = await at.startOne(kind, own)
    running.set(name, one)
    return one
  }
  return {
    at,
    postgres,
    redis,
    database,
    ports: [at.smtpPort, second],
    roles,
    delivered: smarthost.accepted,
    running,
    start,
    startAll: async () => void (await Promise.all(roles.map(start))),
    async stop() {
      await at.remove()
      await Promise.all([smarthost.stop(), redis?.stop()])
      await postgres.stop()
    },
  }
}

/** Asks the database, beside the processes that use it. */
export async function rowsOf<Row>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(sql)
    return rows as Row[]
  } finally {
    await client.end()
  }
}
