/**
 * Takes one message to one recipient's next hop.
 *
 * - One transaction, one recipient: so a result is that recipient's alone, and a copy carries that recipient's links only.
 * - A refusal, a stall, a cut line and a peer that cannot be reached are results, never exceptions. `deliver` rejects only when
 *   the content itself cannot be read; the peer then never saw its end and keeps nothing.
 * - The caller retries, by retry_schedule.ts. The courier tries again by itself in one case only: a reused connection turns out to
 *   be dead before the peer could have taken anything.
 * - `delivered` means that the peer has said 250 after the last byte. A line cut between that byte and the reply is `deferred`, and the
 *   peer may have the message: a duplicate is better than a loss.
 * - Safe to call at the same time as often as wanted; what exceeds the peer's connections waits in line.
 */
export interface Courier {
  deliver(mail: OutgoingMail): Promise<DeliveryResult>
  /** Lets running deliveries end, then takes leave of the peer. Nothing may be delivered afterwards. */
  close(): Promise<void>
}

export interface OutgoingMail {
  /** Reverse path without angle brackets, '' for the null sender. */
  from: string
  to: string
  /** Opens the content, as it is before dot-stuffing. Called once an attempt; a second time after a dead connection. */
  content: () => AsyncIterable<Uint8Array>
  /** Bytes of the content, for SIZE. */
  size: number
  /** The content has bytes above 127. */
  eightBit: boolean
  /** A header field has UTF-8 in it (RFC 6532). Addresses are looked at here. */
  utf8Headers: boolean
}

export interface DeliveryResult {
  /** delivered and failed are final; deferred is tried again. */
  status: 'delivered' | 'deferred' | 'failed'
  /** What the peer said, lines joined by spaces, or what happened instead. */
  reply: string
  /** Code of the reply, 0 when there was none. */
  code: number
  /** RFC 3463 code of the reply. */
  enhanced: string | null
  /** Host and port of the peer. */
  remote: string
  /** The peer does not offer 8BITMIME and got 8-bit content all the same: for the timeline. */
  eightBitUnoffered: boolean
}
