import { transaction } from '#transaction'
import { giveUp } from './completing.ts'
import type { House, UploadRow } from './rows.ts'

/** After so long without a sign of life an upload is given up, in milliseconds; so long a finished one can be asked about. */
export const IDLE = 24 * 60 * 60 * 1000

/** Given up in one sweep. */
const AT_ONCE = 200

/** Frees what uploads hold that nobody goes on with, and forgets finished ones and tickets that expired. */
export async function expire(house: House): Promise<number> {
  const now = house.now().getTime()
  const rows: UploadRow[] = await house.db
    .from('uploads')
    .where('active_at', '<', now - IDLE)
    .whereNull('done_at')
    // One request may take longer than that.
    .whereNotIn('id', house.db.from('upload_locks').where('until', '>', now).select('id'))
    .orderBy('active_at')
    .limit(AT_ONCE)
  for (const row of rows) await giveUp(house, row)
  await transaction(house.db, async (trx) => {
    await trx
      .from('uploads')
      .where('active_at', '<', now - IDLE)
      .whereNotNull('done_at')
      .delete()
    await trx.from('upload_tickets').where('expires_at', '<', now).delete()
    await trx
      .from('upload_locks')
      .where('until', '<', now - IDLE)
      .delete()
  })
  return rows.length
}
