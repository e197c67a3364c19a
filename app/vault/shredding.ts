import { transaction, type Trx } from '#transaction'
import type { House, Source } from './rows.ts'

/** Versions destroyed in one sweep: each empties the write-ahead log, which holds others up. */
const AT_ONCE = 100

interface Retired {
  id: number
  entry_id: number
  number: number
  blob: string
}

/**
 * Destroys the bytes of versions that were taken out of use, some at a time; what a crash left is taken up again. Bytes that
 * another version still names stay: only the last one takes them with it.
 *
 * @returns how many versions
 * @throws as `Blobs.shred`; what is left comes with the next call
 */
export async function shredRetired(house: House): Promise<number> {
  const rows: Retired[] = await house.db
    .from('versions')
    .whereNotNull('retired_at')
    .whereNull('shredded_at')
    .orderBy('id')
    .limit(AT_ONCE)
  for (const row of rows) {
    if (!(await isNamed(house.db, row.blob))) await house.blobs.shred(row.blob)
    await transaction(house.db, (trx) => forget(trx, row, house.now()))
  }
  return rows.length
}

/** A version that is in use can be copied; one that is not cannot, so nobody names these bytes anew meanwhile. */
async function isNamed(source: Source, blob: string): Promise<boolean> {
  return Boolean(await source.from('versions').where({ blob }).whereNull('retired_at').first())
}

/** Of files and versions that were removed for good nothing stays, not even the name; deposits keep it. */
async function forget(trx: Trx, { id, entry_id: entry, number }: Retired, at: Date): Promise<void> {
  const row: { purged_at: number | null; version: number } = await trx
    .from('entries')
    .where('id', entry)
    .select('purged_at', 'version')
    .firstOrFail()
  if (row.purged_at === null && row.version === number) {
    await trx.from('versions').where('id', id).update({ shredded_at: at.getTime() })
    return
  }
  await trx.from('versions').where('id', id).delete()
  if (row.purged_at === null) return
  if (await trx.from('versions').where('entry_id', entry).first()) return
  await trx.from('entries').where('id', entry).delete()
}
