import { PermanentError } from '#errors'
import Sqlite from 'better-sqlite3'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Keeps a second server off the same DATA_DIR. The lock is an exclusive transaction on a file of its own: the kernel
 * lets go of it when the process ends, however it ends, so nothing stale is ever left behind.
 *
 * @returns lets go of the lock
 * @throws PermanentError `E_SECOND_SERVER`
 */
export function lockDataDir(dataDir: string): () => void {
  return lock(dataDir, 'BEGIN EXCLUSIVE')
}

/**
 * Shares a DATA_DIR with other processes that share it, and keeps servers off that want it for themselves.
 *
 * @returns lets go of the lock
 * @throws PermanentError `E_SECOND_SERVER`
 */
export function joinDataDir(dataDir: string): () => void {
  // A transaction that has read holds the lock that readers share.
  return lock(dataDir, 'BEGIN; SELECT count(*) FROM sqlite_schema')
}

function lock(dataDir: string, statement: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = new Sqlite(join(dataDir, 'server.lock'), { timeout: 0 })
  try {
    file.exec(statement)
  } catch (error) {
    file.close()
    throw new PermanentError(
      'E_SECOND_SERVER',
      `Another Webtresor server runs on ${dataDir}: stop it first, or give this one a DATA_DIR of its own`,
      { cause: error }
    )
  }
  return () => file.close()
}
