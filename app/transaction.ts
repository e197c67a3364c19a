import type { Database } from '@adonisjs/lucid/database'
import type { TransactionClientContract } from '@adonisjs/lucid/types/database'
import { setTimeout as pause } from 'node:timers/promises'
import { TransientError } from '#errors'
import { change } from '#prepared'
import { turn } from './turn.ts'

export type Trx = TransactionClientContract

/** Waits between attempts while another process writes, in milliseconds: about 5 s in all. */
const BUSY_PAUSES = [5, 10, 20, 40, 80, 160, 320, 640, 1000, 2000]

/** Attempts at what another transaction may have written first: more often than that it is no coincidence. */
const RACES = 5

const codeOf = (error: unknown) => (error as { code?: string }).code ?? ''

function isBusy(error: unknown): boolean {
  const code = codeOf(error)
  return /^SQLITE_(BUSY|LOCKED)/.test(code) || code === '40001' || code === '40P01'
}

/** PostgreSQL refused a row because there is one with the same key. */
const isDuplicate = (error: unknown) => codeOf(error) === '23505'

const isFull = (error: unknown) => codeOf(error) === 'SQLITE_FULL'

/** Whether what failed was a commit, so that nobody knows whether it took place. */
export const commitUnknown = (error: unknown) => codeOf(error) === 'E_COMMIT_UNKNOWN'

interface Connection {
  /** The pool throws a connection away that bears this. */
  __knex__disposed?: unknown
}

/**
 * knex takes a COMMIT that failed for one that was done, and lends the connection to the next one, open transaction and all.
 * Here the failure is passed on before anything runs that waits for the commit, and the connection is thrown away.
 */
function commitHonestly(trx: Trx): void {
  const { knexClient } = trx
  const { client, commit } = knexClient
  const query: (connection: Connection, sql: unknown) => Promise<unknown> = client.query
  client.query = (connection: Connection, sql: unknown) =>
    query(connection, sql).catch((error: unknown) => {
      if (/^(COMMIT|ROLLBACK)/.test(String(sql))) connection.__knex__disposed = error
      throw error
    })
  const honest = async (value?: unknown) => {
    await commit(value)
    return knexClient.executionPromise as Promise<unknown>
  }
  Object.assign(knexClient, { commit: honest })
}

/** Others get their turn between statements of the query builder; those of `#prepared` see to it themselves. */
function takeTurns(trx: Trx): void {
  const { client } = trx.knexClient
  const query: (connection: Connection, sql: unknown) => Promise<unknown> = client.query
  client.query = (connection: Connection, sql: unknown) => {
    // A text is the COMMIT, which knex takes for begun as soon as it asked for it.
    const others = typeof sql === 'string' ? undefined : turn(trx)
    return others ? others.then(() => query(connection, sql)) : query(connection, sql)
  }
}

/**
 * Runs `work` in one write transaction and returns what it returns.
 *
 * SQLite begins transactions deferred: one that reads first and writes later fails at once when another
 * process wrote in between. So the first statement here is a write, which takes the lock, and a busy database
 * is asked again after a pause that leaves the event loop free. Hence `work` may run several times: it must
 * use `trx` for every query (the pool has one connection) and must not wait for disk, network or scanner.
 *
 * On PostgreSQL two transactions may both find that a row is missing, and both insert it. The later one fails, and runs
 * again: then it finds the row.
 *
 * @throws TransientError `E_DATABASE_BUSY` when the database stays locked, `E_DISK_FULL` when it cannot grow,
 *   `E_COMMIT_UNKNOWN` when the commit failed: then it may have taken place all the same, or take place after a crash
 */
export function transaction<T>(db: Database, work: (trx: Trx) => Promise<T>): Promise<T> {
  return patiently(async () => {
    let committing = false
    try {
      return await db.transaction(async (trx) => {
        commitHonestly(trx)
        if (trx.dialect.name !== 'postgres') {
          takeTurns(trx)
          await change(trx, 'UPDATE ledger_head SET size = size')
        }
        const result = await work(trx)
        committing = true
        return result
      })
    } catch (error) {
      if (!committing || isBusy(error) || isDuplicate(error) || isFull(error)) throw error
      throw new TransientError('E_COMMIT_UNKNOWN', 'The database may not have committed', {
        cause: error,
      })
    }
  })
}

/** Runs one writing statement, which is a transaction of its own. @throws as `transaction`; whether it took place may be unknown */
export function statement<T>(write: () => PromiseLike<T>): Promise<T> {
  return patiently(async () => write())
}

/** Tries again while the database is busy, and where another transaction came first. */
async function patiently<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await write()
    } catch (error) {
      if (isFull(error)) {
        throw new TransientError('E_DISK_FULL', 'The disk of the database is full', {
          cause: error,
        })
      }
      if (isDuplicate(error) && attempt < RACES) continue
      if (!isBusy(error)) throw error
      const wait = BUSY_PAUSES[attempt]
      if (wait === undefined) {
        throw new TransientError('E_DATABASE_BUSY', 'The database stayed locked', { cause: error })
      }
      await pause(wait * (1 + Math.random() / 2))
    }
  }
}
