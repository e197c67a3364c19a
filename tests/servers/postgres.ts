import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { memoryFolder } from '../memory_folder.ts'
import { type Account, accountOf, freePort, startChild, temporaryFolder } from './child.ts'

export interface PostgresServer {
  /** The administrative database; what `TEST_DATABASE_URL` wants. */
  url: string
  /** Makes an empty database and returns its URL. */
  createDatabase(): Promise<string>
  /** Cuts all connections and ends; the data stays. SIGQUIT ends without writing anything more, as a crash would. */
  shutDown(signal?: 'SIGINT' | 'SIGQUIT'): Promise<void>
  /** Starts again on the same data and port. */
  comeBack(): Promise<void>
  stop(): Promise<void>
}

/** Durability costs time and the folder is thrown away. */
const FAST = ['fsync=off', 'full_page_writes=off', 'shared_buffers=32MB']

/** A server that is not shut down in a test may forget its last commits when it is. */
const FORGETFUL = ['synchronous_commit=off']

/** A PostgreSQL cluster of its own; root starts it as the account `postgres`, since it refuses root. */
export async function startPostgres({ durable = false } = {}): Promise<PostgresServer> {
  const port = await freePort()
  const account = accountOf('postgres')
  const { folder, remove } = await temporaryFolder('postgres', account, memoryFolder())
  const cluster = join(folder, 'cluster')
  initialise(cluster, account)
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const settings = [...FAST, ...(durable ? [] : FORGETFUL), 'max_connections=90']
  const start = () =>
    startChild(
      program('postgres'),
      [
        ...['-D', cluster, '-p', String(port), '-h', '127.0.0.1', '-k', folder],
        ...settings.flatMap((setting) => ['-c', setting]),
      ],
      { account, ready: () => query(url, 'SELECT 1').then(() => true) }
    )
  let child = await start()
  let count = 0
  return {
    url,
    async createDatabase() {
      const name = `test_${++count}`
      await query(url, `CREATE DATABASE ${name}`)
      return `postgres://postgres@127.0.0.1:${port}/${name}`
    },
    shutDown: (signal = 'SIGINT') => child.stop(signal),
    async comeBack() {
      child = await start()
    },
    async stop() {
      await child.stop('SIGINT')
      await remove()
    },
  }
}

function initialise(cluster: string, account?: Account) {
  const run = spawnSync(
    program('initdb'),
    ['-D', cluster, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...account, encoding: 'utf8' }
  )
  if (run.status !== 0) throw new Error(`initdb failed: ${run.error?.message ?? run.stderr}`)
}

/** Debian keeps the server programs of each version apart and off the path. */
function program(name: string): string {
  const candidates = globSync(`/usr/lib/postgresql/*/bin/${name}`).sort()
  return candidates.findLast((path) => existsSync(path)) ?? name
}

async function query(url: string, statement: string) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
