import app from '@adonisjs/core/services/app'
import logger from '@adonisjs/core/services/logger'
import emitter from '@adonisjs/core/services/emitter'
import { Database } from '@adonisjs/lucid/database'
import { MigrationRunner } from '@adonisjs/lucid/migration'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import pg from 'pg'
import { databaseConnection } from '#database/connection'
import { memoryFolder } from '#tests/memory_folder'

export interface FreshDatabase {
  db: Database
  /** Path of the SQLite file, or URL of the PostgreSQL database. */
  place: string
  close(): Promise<void>
}

interface Place {
  place: string
  remove(): Promise<unknown>
}

/**
 * A migrated database of its own, in memory where there is room: SQLite in a temporary folder, or a new database on the PostgreSQL server
 * that `TEST_DATABASE_URL` names. Append-only tables refuse to be emptied, so tests never share one. The migrations run
 * once in a process; every database is a copy of that one.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = process.env.TEST_DATABASE_URL
  const { place, remove } = server ? await freshPostgres(server) : await freshSqlite()
  const db = open(place)
  return {
    db,
    place,
    async close() {
      await db.manager.closeAll(true)
      await remove()
    },
  }
}

function open(place: string): Database {
  const connections = { main: databaseConnection(place) }
  return new Database({ connection: 'main', connections }, logger, emitter)
}

async function migrate(place: string): Promise<void> {
  const db = open(place)
  const migrator = new MigrationRunner(db, app, { direction: 'up', disableLocks: true })
  await migrator.run()
  await db.manager.closeAll(true)
  if (migrator.error) throw migrator.error
}

let template: Promise<string> | undefined

async function freshSqlite(): Promise<Place> {
  template ??= sqliteTemplate()
  const folder = await mkdtemp(join(memoryFolder(), 'webtresor-db-'))
  const place = join(folder, 'test.sqlite3')
  await copyFile(await template, place)
  return { place, remove: () => rm(folder, { recursive: true, force: true }) }
}

async function sqliteTemplate(): Promise<string> {
  const folder = await mkdtemp(join(memoryFolder(), 'webtresor-db-'))
  app.terminating(() => rm(folder, { recursive: true, force: true }))
  const place = join(folder, 'template.sqlite3')
  await migrate(place)
  return place
}

async function freshPostgres(server: string): Promise<Place> {
  template ??= postgresTemplate(server)
  const name = `webtresor_${randomBytes(6).toString('hex')}`
  await administer(server, `CREATE DATABASE ${name} TEMPLATE ${await template} STRATEGY FILE_COPY`)
  const place = at(server, name)
  return { place, remove: () => administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

async function postgresTemplate(server: string): Promise<string> {
  const name = `webtresor_template_${randomBytes(6).toString('hex')}`
  await administer(server, `CREATE DATABASE ${name}`)
  app.terminating(() => administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  await migrate(at(server, name))
  return name
}

function at(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
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
