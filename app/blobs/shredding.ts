import type { Database } from '@adonisjs/lucid/database'
import { setTimeout as pause } from 'node:timers/promises'
import { NotFound, TransientError } from '#errors'
import { transaction } from '#transaction'

/** Waits for readers that hold the write-ahead log, in milliseconds. */
const PAUSES = [20, 100, 500, 1000, 2000]

/**
 * Destroys the wrapped session key of a blob, so that it is in no file of the database any more. May be repeated: a
 * blob shredded before passes again through the part that empties the log.
 *
 * @throws NotFound `E_NO_BLOB`; TransientError `E_SHRED_UNFINISHED` while a reader keeps the old page in the log
 */
export async function shredKey(db: Database, id: string, now: Date): Promise<void> {
  await transaction(db, async (trx) => {
    // Else the deleted row stays readable in the page until something overwrites it.
    if (trx.dialect.name !== 'postgres') await trx.rawQuery('PRAGMA secure_delete = ON')
    const blob = await trx.from('blobs').where('id', id).select('shredded_at').first()
    if (!blob) throw new NotFound('E_NO_BLOB', `There is no blob ${id}`)
    await trx
      .from('blobs')
      .where('id', id)
      .whereNull('shredded_at')
      .update({ shredded_at: now.getTime() })
    await trx.from('blob_keys').where('blob', id).delete()
    await trx.from('small_blobs').where('blob', id).delete()
  })
  if (db.connection().dialect.name === 'postgres') await db.rawQuery('VACUUM blob_keys')
  else await emptyLog(db)
}

/** Moves SQLite's write-ahead log into the database file and empties it: the old page lay there too. */
async function emptyLog(db: Database): Promise<void> {
  for (const wait of [...PAUSES, null]) {
    const [result] = (await db.rawQuery('PRAGMA wal_checkpoint(TRUNCATE)')) as { busy: number }[]
    if (!result?.busy) return
    if (wait !== null) await pause(wait)
  }
  throw new TransientError(
    'E_SHRED_UNFINISHED',
    'The key is deleted, but a reader keeps its old page in the write-ahead log: shred again'
  )
}
