import { FURTHEST } from '#due'
import { rows } from '#prepared'
import type { Trx } from '#transaction'
import { LEASE } from './claim.ts'
import type { MessageRow } from './message.ts'

/** As `dueBy`. */
const due = (column: string) => `(${column} <= ? OR ${column} > ?)`

/** Takes the lease of a message that is due and in nobody's hands, and reads it; nothing where it is not. */
export async function take(
  trx: Trx,
  number: number,
  now: number
): Promise<(MessageRow & { lease: number }) | undefined> {
  const taken = await rows(
    trx,
    `UPDATE messages SET lease = lease + 1, lease_until = ?
      WHERE number = ? AND state IN ('accepted', 'waiting') AND ${due('next_at')}
        AND (lease_until IS NULL OR ${due('lease_until')})
      RETURNING lease`,
    [now + LEASE, number, now, now + FURTHEST, now, now + LEASE]
  )
  if (taken.length === 0) return undefined
  const [row] = await rows<MessageRow & { lease: number }>(
    trx,
    `SELECT messages.*, originals.sha256, originals.blob
       FROM messages JOIN originals ON originals.number = messages.number
      WHERE messages.number = ?`,
    [number]
  )
  return row
}
