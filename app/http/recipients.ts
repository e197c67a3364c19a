import type { Message } from '#archive'
import type { Delivery } from '#delivery'
import type { LinkStatus } from '#links'

/** How far a mail got with one recipient: a word (`mail.recipient_…`) and a colour. */
export interface Recipient {
  address: string
  /** Nothing for somebody who asked for a link of his own: the mail did not go to him. */
  delivery: Delivery | null
  link: LinkStatus | null
  state: string
  kind: 'good' | 'warn' | 'bad' | 'info' | ''
  /** Its link has gone out, or may have, and can be revoked or extended. */
  isOpen: boolean
  /** A link can be mailed to him, after a word more when it was taken back. */
  canSend: boolean
}

function stateOfLink(link: LinkStatus, now: Date): [string, Recipient['kind']] | null {
  if (link.revokedAt) return ['revoked', 'warn']
  if (link.fetchedAt) return ['fetched', 'good']
  if (link.expiresAt <= now) return ['expired', 'warn']
  if (link.downloads.some(({ complete }) => complete)) return ['fetched_partly', 'info']
  if (link.confirmedAt) return ['confirmed', 'info']
  return null
}

function offers(link: LinkStatus | null, gone: boolean) {
  const usable = gone && link !== null && !link.gone
  return { link, isOpen: usable && !link.revokedAt, canSend: usable }
}

function stateOf(
  held: boolean,
  delivery: Delivery,
  link: LinkStatus | null,
  now: Date
): [string, Recipient['kind']] {
  if (delivery.state === 'failed') return ['failed', 'bad']
  if (delivery.state === 'cancelled') return ['cancelled', 'warn']
  if (held && delivery.state === 'pending') return ['held', 'warn']
  const ofLink = link && stateOfLink(link, now)
  if (ofLink) return ofLink
  if (delivery.state === 'deferred') return ['deferred', 'warn']
  return [delivery.state, delivery.state === 'delivered' ? 'good' : '']
}

/** The recipients of a mail with what is known of their links. */
export function recipientsOf(
  message: Message,
  deliveries: Delivery[],
  links: LinkStatus[],
  now: Date
): Recipient[] {
  const rows = deliveries.map((delivery): Recipient => {
    const address = delivery.recipient.toLowerCase()
    const link = links.find(({ recipient }) => recipient.toLowerCase() === address) ?? null
    const [state, kind] = stateOf(message.state === 'held', delivery, link, now)
    const gone = delivery.state === 'delivered' || delivery.state === 'deferred'
    return { address: delivery.recipient, delivery, state, kind, ...offers(link, gone) }
  })
  const known = new Set(deliveries.map(({ recipient }) => recipient.toLowerCase()))
  const askers = links.filter(({ recipient }) => !known.has(recipient.toLowerCase()))
  return [
    ...rows,
    ...askers.map((link): Recipient => {
      const [state, kind] = stateOfLink(link, now) ?? ['granted', '']
      return { address: link.recipient, delivery: null, state, kind, ...offers(link, true) }
    }),
  ]
}
