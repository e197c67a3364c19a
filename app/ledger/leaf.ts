import { hash } from 'node:crypto'
import { canonicalJson, type Json } from './canonical_json.ts'

export type EventType =
  | 'accepted'
  | 'planned'
  | 'scanned'
  | 'held'
  | 'released'
  | 'returned'
  | 'delivered'
  | 'bounced'
  | 'link_issued'
  | 'link_confirmed'
  | 'link_downloaded'
  | 'link_revoked'
  | 'link_extended'
  | 'link_renewed'
  | 'link_sent'
  | 'link_refused'
  | 'shredded'
  | 'read'
  | 'exported'
  | 'configured'
  | 'erased'
  | 'vault'

/** Something that must be provable. Personal data goes into the detail and nowhere else. */
export interface LedgerEvent {
  type: EventType
  /** Number of the message, where there is one. */
  number: number | null
  /** SHA-256 of the original message in lower-case hex, where there is one. */
  original: string | null
  detail: Record<string, Json>
  /** When it happened; without it, now. */
  at?: Date
}

export interface Leaf {
  type: string
  number: number | null
  at: Date
  original: string | null
  /** What `detailHash` made, in hex. */
  detail: string
}

/** The bytes that the tree holds (docs/archive-format.md, "Leaf"). */
export function encodeLeaf({ type, number, at, original, detail }: Leaf): string {
  return canonicalJson({ type, number, at: at.toISOString(), original, detail })
}

/**
 * The commitment to a detail, in hex.
 *
 * @param salt 32 random bytes
 * @param detail canonical JSON
 */
export function detailHash(salt: Buffer, detail: string): string {
  return hash('sha256', Buffer.concat([salt, Buffer.from(detail)]))
}
