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
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const lock = new Sqlite(join(dataDir, 'server.lock'), { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    throw new PermanentError(
      'E_SECOND_SERVER',
      `Another Webtresor server runs on ${dataDir}: stop it first, or give this one a DATA_DIR of its own`,
      { cause: error }
    )
  }
  return () => lock.close()
}
