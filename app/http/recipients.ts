import type { Message } from '#archive'
import type { Delivery } from '#delivery'
import type { LinkStatus } from '#links'

/** How far a mail got with one recipient: a word (`mail.recipient_…`) and a colour. */
export interface Recipient {
  delivery: Delivery
  link: LinkStatus | null
  state: string
  kind: 'good' | 'warn' | 'bad' | 'info' | ''
  /** Its link has gone out, or may have, and can be revoked or extended. */
  isOpen: boolean
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
  if (link?.revokedAt) return ['revoked', 'warn']
  if (link?.fetchedAt) return ['fetched', 'good']
  if (link && link.expiresAt <= now) return ['expired', 'warn']
  if (link?.downloads.some(({ complete }) => complete)) return ['fetched_partly', 'info']
  if (link?.confirmedAt) return ['confirmed', 'info']
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
  return deliveries.map((delivery) => {
    const address = delivery.recipient.toLowerCase()
    const link = links.find(({ recipient }) => recipient.toLowerCase() === address) ?? null
    const [state, kind] = stateOf(message.state === 'held', delivery, link, now)
    const gone = delivery.state === 'delivered' || delivery.state === 'deferred'
    return { delivery, link, state, kind, isOpen: gone && link !== null && !link.revokedAt }
  })
}
