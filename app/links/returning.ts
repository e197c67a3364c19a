import { Refused } from '#errors'
import type { ReturnAddress } from '#vault'
import { accessOf } from './opening.ts'
import { linkByToken, refuseExpired, type House, type Visitor } from './rows.ts'

/** Where files go that a visitor sends back through a link. */
export interface Returning {
  link: string
  to: ReturnAddress
}

/** Whether a link still works: what was handed out for it ends with it. */
export async function takesBack({ db, now }: House, id: string): Promise<boolean> {
  const link: unknown = await db
    .from('links')
    .where('id', id)
    .whereNull('revoked_at')
    .where('expires_at', '>', now().getTime())
    .first()
  return link !== null
}

/** Reads only. */
export async function returningThrough(
  house: House,
  token: string,
  visitor: Visitor
): Promise<Returning> {
  const link = await linkByToken(house.db, token)
  const access = await accessOf(house, link, visitor)
  if (access?.as !== 'recipient') {
    throw new Refused('E_NOT_CONFIRMED', 'Only the recipient sends files back, after his code')
  }
  refuseExpired(link, house.now())
  const { number, subject, sent_at: sentAt } = link
  return {
    link: link.id,
    to: {
      mailbox: link.sender.toLowerCase(),
      recipient: link.recipient,
      message: { number, subject, receivedAt: new Date(sentAt).toISOString() },
    },
  }
}
