import type { Archive, Message } from '#archive'
import type { Deliveries, Delivery } from '#delivery'
import { NotFound } from '#errors'
import MailPolicy from '#policies/mail_policy'
import type { HttpContext } from '@adonisjs/core/http'

/** A mail as one person may see it. */
export interface OwnMail {
  message: Message
  /** The viewer sent it; else it was delivered to him. */
  sent: boolean
  /** All of them for the sender, else the viewer's own: BCC and other recipients are for the sender only. */
  deliveries: Delivery[]
}

/** Addresses that were the viewer's at a moment. */
export function addressesAt(viewer: HttpContext['viewer'], at: Date): Set<string> {
  const open = viewer.mailboxes.filter(
    ({ from, until }) => from <= at && (until === null || at < until)
  )
  return new Set(open.map(({ address }) => address))
}

/**
 * The mail that a request names, when it is the viewer's.
 *
 * @param only 'sent': what only its sender may do or see, such as the original, which may name BCC recipients
 * @throws NotFound when it is not there or not his: both look the same
 */
export async function ownMail(
  { bouncer, params, viewer }: HttpContext,
  archive: Archive,
  deliveries: Deliveries,
  only?: 'sent'
): Promise<OwnMail> {
  await bouncer.with(MailPolicy).authorize('browse')
  const message = await archive.message(Number(params.number), viewer)
  const addresses = addressesAt(viewer, message.receivedAt)
  const sent = addresses.has(message.mailFrom.toLowerCase())
  if (only && !sent) {
    throw new NotFound('E_NO_MESSAGE', `Message ${message.number} was not sent by this viewer`)
  }
  const all = await deliveries.of(message.number)
  const own = all.filter(({ recipient }) => sent || addresses.has(recipient.toLowerCase()))
  return { message, sent, deliveries: own }
}

/**
 * Whether the mail's bytes may be taken out as a file: not what is infected, and not what the scanner has still to
 * look at.
 */
export function mayLeave(message: Message): boolean {
  if (message.verdict === 'infected') return false
  return message.verdict !== null || !['accepted', 'waiting'].includes(message.state)
}
