import app from '@adonisjs/core/services/app'
import logger from '@adonisjs/core/services/logger'
import emitter from '@adonisjs/core/services/emitter'
import { Database } from '@adonisjs/lucid/database'
import { MigrationRunner } from '@adonisjs/lucid/migration'
import { mkdtemp, rm } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { databaseConnection } from '#database/connection'

export interface FreshDatabase {
  db: Database
  /** Path of the SQLite file, or URL of the PostgreSQL database. */
  place: string
  close(): Promise<void>
}

/**
 * A migrated database of its own: SQLite in a temporary folder, or a new database on the PostgreSQL server
 * that `TEST_DATABASE_URL` names. Append-only tables refuse to be emptied, so tests never share one.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = process.env.TEST_DATABASE_URL
  const { place, remove } = server ? await freshPostgres(server) : await freshSqlite()
  const db = new Database(
    { connection: 'main', connections: { main: databaseConnection(place) } },
    logger,
    emitter
  )
  const migrator = new MigrationRunner(db, app, { direction: 'up', disableLocks: true })
  await migrator.run()
  if (migrator.error) throw migrator.error
  return {
    db,
    place,
    async close() {
      await db.manager.closeAll(true)
      await remove()
    },
  }
}

async function freshSqlite() {
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-db-'))
  return {
    place: join(folder, 'test.sqlite3'),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function freshPostgres(server: string) {
  const name = `webtresor_${randomBytes(6).toString('hex')}`
  await administer(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    place: url.href,
    remove: () => administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

async function administer(server: string, statement: string) {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
