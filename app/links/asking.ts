import { randomUUID } from 'node:crypto'
import { NotFound, Refused } from '#errors'
import { transaction, type Trx } from '#transaction'
import { copyLink, type IssuedLink, issued } from './issuing.ts'
import { ownWantedMail } from './mails.ts'
import { networkOf } from '../network.ts'
import { mailboxOf } from './masking.ts'
import { mailLink, sendAgain } from './renewing.ts'
import { linkEvent, mailOf, refuseGone, type House, type LinkRow, type Visitor } from './rows.ts'

const DAY = 24 * 60 * 60 * 1000

/** Askers in a day. A quoted link has a handful of readers; whoever names many addresses is up to something else. */
const ASKERS_PER_LINK = 5
const ASKERS_PER_NETWORK = 20

/** Somebody who holds another's link and asked for one of his own. */
export interface Asker {
  id: string
  /** As he gave it; nobody has checked it. */
  address: string
  /** Whose link he holds. */
  through: string
  askedAt: Date
  decidedAt: Date | null
  granted: boolean | null
}

interface AskerRow {
  id: string
  link_id: string
  number: number
  address: string
  asked_at: number
  decided_at: number | null
  granted: boolean | number | null
}

export type AskResult =
  /** The same whether the sender was told now, before, or has said no. */
  { status: 'told' } | { status: 'throttled' }

/** Tells the sender, once a day for an address and link, that its owner asks for a link of his own. */
export async function askForOwn(
  house: House,
  trx: Trx,
  link: LinkRow,
  address: string,
  visitor: Visitor
): Promise<AskResult> {
  const now = house.now().getTime()
  const network = networkOf(visitor.ip)
  const asker = mailboxOf(address)
  // Requests for one link queue up behind its row: the limits hold for those that come together too.
  await trx.from('links').where('id', link.id).update({ token_hash: link.token_hash })
  const known: AskerRow | null = await trx
    .from('link_askers')
    .where({ link_id: link.id, address: asker })
    .first()
  if (known && (known.asked_at > now - DAY || isRefused(known))) return { status: 'told' }

  const recent = trx.from('link_askers').where('asked_at', '>', now - DAY)
  const ofLink = await recent.clone().where('link_id', link.id).count('* as total').first()
  if (Number(ofLink.total) >= ASKERS_PER_LINK) return { status: 'throttled' }
  if (network !== null) {
    const near = await recent.clone().where('network', network).count('* as total').first()
    if (Number(near.total) >= ASKERS_PER_NETWORK) return { status: 'throttled' }
  }
  const asked = { network, asked_at: now, decided_at: null, granted: null }
  if (known) await trx.from('link_askers').where('id', known.id).update(asked)
  else {
    const row = { id: randomUUID(), link_id: link.id, number: link.number, address: asker }
    await trx
      .insertQuery()
      .table('link_askers')
      .insert({ ...row, ...asked })
  }
  await house.post.post(trx, {
    kind: 'link_wanted',
    to: link.sender,
    locale: house.locale,
    ...ownWantedMail(house.locale, mailOf(link), asker, house.appUrl),
  })
  return { status: 'told' }
}

function isRefused(row: AskerRow): boolean {
  return row.granted !== null && !row.granted
}

/** When somebody last asked through a link, within a day. */
export async function askedWithin(house: House, linkId: string): Promise<Date | null> {
  const row = await house.db
    .from('link_askers')
    .where('link_id', linkId)
    .where('asked_at', '>', house.now().getTime() - DAY)
    .max('asked_at as at')
    .first()
  return row?.at ? new Date(Number(row.at)) : null
}

/** Who asked for a link of his own to a message, those who wait first, then the newest. 100 at most. */
export async function askersOf(house: House, number: number): Promise<Asker[]> {
  const rows: (AskerRow & { recipient: string })[] = await house.db
    .from('link_askers')
    .join('links', 'links.id', 'link_askers.link_id')
    .where('link_askers.number', number)
    .select('link_askers.*', 'links.recipient')
    .orderByRaw('CASE WHEN link_askers.decided_at IS NULL THEN 0 ELSE 1 END')
    .orderBy('link_askers.asked_at', 'desc')
    .limit(100)
  return rows.map((row) => ({
    id: row.id,
    address: row.address,
    through: row.recipient,
    askedAt: new Date(row.asked_at),
    decidedAt: row.decided_at === null ? null : new Date(row.decided_at),
    granted: row.granted === null ? null : Boolean(row.granted),
  }))
}

/**
 * Gives an asker a link of his own, mailed to him, or refuses; he is told nothing of a refusal.
 *
 * @returns the link, when it was granted
 */
export async function answerAsker(
  house: House,
  wanted: { id: string; number: number },
  granted: boolean,
  actor: number
): Promise<IssuedLink | undefined> {
  const at = house.now()
  return transaction(house.db, async (trx) => {
    const asker: AskerRow | null = await trx.from('link_askers').where(wanted).forUpdate().first()
    if (!asker) throw new NotFound('E_NO_ASKER', `Nobody ${wanted.id} asked for a link`)
    if (asker.decided_at !== null) {
      throw new Refused('E_DECIDED', 'This request was decided before')
    }
    const source: LinkRow = await trx
      .from('links')
      .where('id', asker.link_id)
      .forUpdate()
      .firstOrFail()
    await trx
      .from('link_askers')
      .where('id', asker.id)
      .update({ decided_at: at.getTime(), granted })
    if (!granted) {
      const refused = { ...source, recipient: asker.address }
      await house.ledger.append(trx, [linkEvent(refused, 'link_refused', at, { actor })])
      return undefined
    }
    await refuseGone(trx, source)
    const own: LinkRow | null = await trx
      .from('links')
      .where('number', asker.number)
      .whereRaw('LOWER(recipient) = ?', [asker.address])
      .forUpdate()
      .first()
    if (own) return (await sendAgain(house, trx, own, actor)).link
    const link = await copyLink(house, trx, source, asker.address)
    await mailLink(house, trx, link)
    await house.ledger.append(trx, [
      linkEvent(link, 'link_issued', at, {
        actor,
        expiresAt: new Date(link.expires_at).toISOString(),
        askedThrough: source.id,
      }),
    ])
    return issued(house, link)
  })
}
