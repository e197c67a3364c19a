import type { Deliveries, Delivery } from '#delivery'
import { FURTHEST } from '#due'
import { rows } from '#prepared'
import type { Trx } from '#transaction'
import { fromRow, type Message, type MessageRow } from './message.ts'

/**
 * How long a claim lasts without being renewed, in milliseconds: several renewals may fail before it is lost. Shorter than the
 * queue takes to find that a worker died, so that whoever gets its job then finds the mail free.
 */
export const LEASE = 30_000

/** A message that has been taken in hand, under the number of its lease. */
export interface Taken {
  message: Message
  deliveries: Delivery[]
  lease: number
}

/** As `dueBy`. */
const due = (column: string) => `(${column} <= ? OR ${column} > ?)`

/** Takes the lease of a message that is due and in nobody's hands, and reads it; nothing where it is not. */
export async function take(
  trx: Trx,
  deliveries: Deliveries,
  number: number,
  now: number
): Promise<Taken | undefined> {
  const [row] = await rows<MessageRow & { lease: number }>(
    trx,
    `UPDATE messages SET lease = lease + 1, lease_until = ?
      WHERE number = ? AND state IN ('accepted', 'waiting') AND ${due('next_at')}
        AND (lease_until IS NULL OR ${due('lease_until')})
      RETURNING *,
        (SELECT sha256 FROM originals WHERE originals.number = messages.number) AS sha256,
        (SELECT blob FROM originals WHERE originals.number = messages.number) AS blob`,
    [now + LEASE, number, now, now + FURTHEST, now, now + LEASE]
  )
  if (!row) return undefined
  return { message: fromRow(row), deliveries: await deliveries.read(trx, number), lease: row.lease }
}
