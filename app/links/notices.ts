import { Refused } from '#errors'
import { transaction, type Trx } from '#transaction'
import { allFetchedMail, expiredWantedMail, notFetchedMail } from './mails.ts'
import { askForOwn, type AskResult } from './asking.ts'
import { WANTED_PAUSE } from './opening.ts'
import { linkByToken, mailOf, refuseGone, type House, type LinkRow, type Visitor } from './rows.ts'

const DAY = 24 * 60 * 60 * 1000

/** After so long the sender is told who has not fetched. */
const PATIENCE = 5 * DAY

export type WantedResult = AskResult | { status: 'already'; at: Date }

/**
 * Tells the sender that a link is wanted: the recipient's own that has expired, or a further one for somebody
 * who holds another's link and says who he is.
 */
export async function wantLink(
  house: House,
  token: string,
  visitor: Visitor & { asker?: string }
): Promise<WantedResult> {
  const now = house.now().getTime()
  return transaction<WantedResult>(house.db, async (trx) => {
    const link = await linkByToken(trx, token)
    const expired = link.expires_at <= now
    await refuseGone(trx, link)
    if (!expired) {
      if (!isAddress(visitor.asker)) {
        throw new Refused('E_NO_ADDRESS', 'Whoever asks for a link of his own says his address')
      }
      return askForOwn(house, trx, link, visitor.asker, visitor)
    }
    const first = await trx
      .from('links')
      .where('id', link.id)
      .where((query) => {
        query.whereNull('wanted_at').orWhere('wanted_at', '<=', now - WANTED_PAUSE)
      })
      .update({ wanted_at: now })
    if (Number(first) === 0) return { status: 'already', at: new Date(link.wanted_at ?? now) }
    await house.post.post(trx, {
      kind: 'link_wanted',
      to: link.sender,
      locale: house.locale,
      ...expiredWantedMail(house.locale, mailOf(link), house.appUrl),
    })
    return { status: 'told' }
  })
}

export function isAddress(value: string | undefined): value is string {
  return (
    value !== undefined && value.length <= 254 && /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$/.test(value)
  )
}

/** Tells the sender, once a mail, when the last recipient has fetched. Revoked links are not waited for. */
export async function tellAllFetched(house: House, trx: Trx, link: LinkRow): Promise<void> {
  const links: LinkRow[] = await trx
    .from('links')
    .where('number', link.number)
    .whereNull('revoked_at')
    .forUpdate()
  if (links.some((one) => one.fetched_at === null)) return
  await house.post.post(trx, {
    kind: 'all_fetched',
    to: link.sender,
    locale: house.locale,
    number: link.number,
    ...allFetchedMail(house.locale, mailOf(link), links.length),
  })
}

/**
 * Tells senders, once a mail, which recipients have not fetched after five days.
 *
 * @returns how many mails were posted
 */
export async function remindSenders(house: House): Promise<number> {
  const now = house.now().getTime()
  const due: { number: number }[] = await house.db
    .from('links')
    .distinct('number')
    .whereNull('revoked_at')
    .whereNull('fetched_at')
    .whereNull('reminded_at')
    .where('issued_at', '<=', now - PATIENCE)
    .where('expires_at', '>', now)
    .limit(100)
  for (const { number } of due) {
    await transaction(house.db, async (trx) => {
      const missing: LinkRow[] = await trx
        .from('links')
        .where('number', number)
        .whereNull('revoked_at')
        .whereNull('fetched_at')
        .orderBy('recipient')
        .forUpdate()
      const link = missing[0]
      if (!link || link.reminded_at !== null) return
      await trx.from('links').where('number', number).update({ reminded_at: now })
      await house.post.post(trx, {
        kind: 'not_fetched',
        to: link.sender,
        locale: house.locale,
        number,
        ...notFetchedMail(
          house.locale,
          mailOf(link),
          missing.map((one) => one.recipient)
        ),
      })
    })
  }
  return due.length
}
