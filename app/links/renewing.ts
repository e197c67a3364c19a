import { Refused } from '#errors'
import { transaction, type Trx } from '#transaction'
import { endOfDay, issued, target, type IssuedLink, type LinkTarget } from './issuing.ts'
import { sentLinkMail } from './mails.ts'
import { filesOf, linkEvent, mailOf, refuseGone, type House, type LinkRow } from './rows.ts'
import { hashOf } from './secrets.ts'

/** Between two mails with the same link, in milliseconds: a second click is not a second mail. */
const MAIL_PAUSE = 5 * 60 * 1000

export interface Renewal {
  /** A link that still works is mailed again; one that has ended is replaced by a new one. */
  status: 'sent_again' | 'renewed'
  link: IssuedLink
}

/** Mails a link to its recipient: the same while it works, else the next one, which replaces it for good. */
export async function sendLink(
  house: House,
  wanted: LinkTarget,
  actor: number,
  options: { evenRevoked: boolean }
): Promise<Renewal> {
  return transaction(house.db, async (trx) => {
    const link = await target(trx, wanted)
    if (link.revoked_at !== null && !options.evenRevoked) {
      throw new Refused('E_LINK_REVOKED', 'A revoked link is renewed only when that is confirmed')
    }
    return sendAgain(house, trx, link, actor)
  })
}

/** Inside the caller's transaction, as its last statement. */
export async function sendAgain(
  house: House,
  trx: Trx,
  link: LinkRow,
  actor: number
): Promise<Renewal> {
  const at = house.now()
  await refuseGone(trx, link)
  if (link.mailed_at !== null && link.mailed_at > at.getTime() - MAIL_PAUSE) {
    throw new Refused('E_TOO_SOON', 'The link was mailed a moment ago')
  }
  const works = link.revoked_at === null && link.expires_at > at.getTime()
  const current = works ? link : await nextGeneration(house, trx, link, at)
  await trx.from('links').where('id', link.id).update({ mailed_at: at.getTime(), wanted_at: null })
  await mailLink(house, trx, current)
  await house.ledger.append(trx, [
    linkEvent(current, works ? 'link_sent' : 'link_renewed', at, {
      actor,
      generation: current.generation,
      expiresAt: new Date(current.expires_at).toISOString(),
    }),
  ])
  return { status: works ? 'sent_again' : 'renewed', link: issued(house, current) }
}

/** The old token leads nowhere from here on, and neither do codes and tickets that were asked for under it. */
async function nextGeneration(house: House, trx: Trx, link: LinkRow, at: Date): Promise<LinkRow> {
  const now = at.getTime()
  const generation = link.generation + 1
  const changes = {
    generation,
    token_hash: hashOf(house.secrets.token(link.number, link.recipient, generation)),
    issued_at: now,
    expires_at: endOfDay(now, house.expiryDays).getTime(),
    revoked_at: null,
    code_requested_at: null,
    reminded_at: null,
  }
  await trx.from('links').where('id', link.id).update(changes)
  await trx
    .from('link_codes')
    .where('link_id', link.id)
    .whereNull('ended_at')
    .update({ ended_at: now })
  await trx.from('link_tickets').where('link_id', link.id).delete()
  return { ...link, ...changes }
}

/** Posts the letter with a link to its recipient. */
export async function mailLink(house: House, trx: Trx, link: LinkRow): Promise<void> {
  const files = await filesOf(trx, link.id)
  await house.post.post(trx, {
    kind: 'link',
    to: link.recipient,
    locale: house.locale,
    ...sentLinkMail(house.locale, mailOf(link), files, issued(house, link).url),
  })
}
