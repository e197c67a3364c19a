import type { PostgreConfig, SqliteConfig } from '@adonisjs/lucid/types/database'
import pg from 'pg'

/** PostgreSQL's int8: counters and times in milliseconds stay far below 2^53. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/** Else the text of an error holds the values of its statement, and codes and tokens stand in the log. */
const quiet = { compileSqlOnError: false }

const migrations = { naturalSort: true, paths: ['database/migrations'] }

interface SqliteHandle {
  pragma(source: string): unknown
  prepare(source: string): object
}

/** Statements kept prepared: the gateway's own are about a hundred, the pages have more. */
const PREPARED = 300

/** Words in quotes, and values. */
const QUOTED_OR_VALUE = /'(?:[^']|'')*'|"[^"]*"|`[^`]*`|\?/g

/**
 * The same statement with values that SQLite's planner does not look at: it looks at no sum. Where it looks at one, as with limits,
 * joins and orders, it plans the statement anew for each value, and better-sqlite3 compiles anew how a row becomes an object, which
 * takes thirty times as long as to run it. Hence what the WHERE of a partial index asks for stands in a statement as a literal.
 */
function withUnseenValues(source: string): string {
  return source.replace(QUOTED_OR_VALUE, (found) => (found === '?' ? '+?' : found))
}

/** knex prepares each statement anew, which takes longer than most of them run. */
function keepPrepared(handle: SqliteHandle): void {
  const prepare = handle.prepare.bind(handle)
  const kept = new Map<string, object>()
  handle.prepare = (source) => {
    const known = kept.get(source)
    if (known) return known
    const made = prepare(withUnseenValues(source))
    const oldest = kept.keys().next()
    if (kept.size >= PREPARED && !oldest.done) kept.delete(oldest.value)
    kept.set(source, made)
    return made
  }
}

/**
 * How Webtresor talks to its database, for the application and for tests alike.
 *
 * @param place URL with `postgres:`, or the path of an SQLite file
 */
export function databaseConnection(place: string): PostgreConfig | SqliteConfig {
  if (/^postgres(ql)?:/.test(place)) {
    return { ...quiet, client: 'pg', connection: place, pool: { min: 0, max: 10 }, migrations }
  }
  return {
    ...quiet,
    client: 'better-sqlite3',
    connection: { filename: place },
    useNullAsDefault: true,
    migrations,
    pool: {
      min: 1,
      max: 1,
      afterCreate(handle: SqliteHandle, done: (error: Error | null, handle: SqliteHandle) => void) {
        // FULL: a commit is on disk before 250 is said. recursive_triggers: INSERT OR REPLACE meets them too.
        // secure_delete: a deleted key is gone from the file. busy_timeout is short, see app/transaction.ts.
        // wal_autocheckpoint: pages that change with each mail are written back once in 16 MB of log.
        for (const pragma of [
          'journal_mode = WAL',
          'synchronous = FULL',
          'foreign_keys = ON',
          'recursive_triggers = ON',
          'secure_delete = ON',
          'busy_timeout = 100',
          'wal_autocheckpoint = 4000',
        ]) {
          handle.pragma(pragma)
        }
        keepPrepared(handle)
        done(null, handle)
      },
    },
  }
}
