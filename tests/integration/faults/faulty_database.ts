import emitter from '@adonisjs/core/services/emitter'
import logger from '@adonisjs/core/services/logger'
import { Database } from '@adonisjs/lucid/database'
import Sqlite from 'better-sqlite3'
import type pg from 'pg'
import { databaseConnection } from '#database/connection'
import type { Breaker } from './breaker.ts'

const WRITES = /^\s*(insert|update|delete|commit)\b/i

/** What a statement does and where, without values: `INSERT originals`, `COMMIT`. */
function nameOf(sql: string): string {
  const [, verb, table = ''] =
    /^\s*(\w+)(?:\s+(?:into|from|or ignore into))?\s*["`]?(\w*)/i.exec(sql) ?? []
  return `${verb!.toUpperCase()} ${table}`.trim()
}

/**
 * Opens a database whose writing statements pass `breaker`. A statement that fails before it is carried out leaves SQLite's
 * transaction open, as a full disk does; PostgreSQL's connection breaks with it.
 *
 * @param place as `databaseConnection`
 */
export function faultyDatabase(place: string, breaker: Breaker): Database {
  const config = databaseConnection(place)
  const afterCreate = config.pool?.afterCreate
  const main = {
    ...config,
    pool: {
      ...config.pool,
      afterCreate(handle: unknown, done: (error: unknown, handle: unknown) => void) {
        const broken = () => (config.client === 'pg' ? ofPostgres : ofSqlite)(handle, breaker)
        if (!afterCreate) return done(null, broken())
        afterCreate(handle, (error: unknown) => done(error, broken()))
      },
    },
  }
  return new Database({ connection: 'main', connections: { main } }, logger, emitter)
}

function ofSqlite(handle: unknown, breaker: Breaker) {
  const connection = handle as Sqlite.Database
  const prepare = connection.prepare.bind(connection)
  const failure = () => new Sqlite.SqliteError('disk I/O error', 'SQLITE_IOERR_WRITE')
  // The connection keeps statements and hands out the same one again.
  const seen = new WeakSet<object>()
  connection.prepare = ((sql: string) => {
    const statement = prepare(sql)
    if (!WRITES.test(sql) || seen.has(statement)) return statement
    seen.add(statement)
    for (const verb of ['run', 'all'] as const) {
      const original = statement[verb].bind(statement)
      statement[verb] = ((bindings: unknown[]) =>
        breaker.now(`database ${nameOf(sql)}`, () => original(bindings), failure)) as never
    }
    return statement
  }) as typeof connection.prepare
  return connection
}

function ofPostgres(handle: unknown, breaker: Breaker) {
  const connection = handle as pg.Client & { connection: { stream: { destroy(): void } } }
  const query = connection.query.bind(connection) as (
    config: unknown,
    done: (error: unknown, result?: unknown) => void
  ) => void
  connection.query = ((config: { text?: string } | string, done: never) => {
    const sql = typeof config === 'string' ? config : (config.text ?? '')
    if (!WRITES.test(sql)) return query(config, done)
    const run = () =>
      new Promise((resolve, reject) => {
        query(config, (error, result) => (error ? reject(error as Error) : resolve(result)))
      })
    const failure = () => {
      connection.connection.stream.destroy()
      return new Error('Connection terminated unexpectedly')
    }
    const tell = done as (error: unknown, result?: unknown) => void
    breaker
      .later(`database ${nameOf(sql)}`, run, failure)
      .then((result) => tell(null, result), tell)
  }) as typeof connection.query
  return connection
}
