import type { Database } from '@adonisjs/lucid/database'
import type { Blobs } from '#blobs'
import { NotFound, Refused } from '#errors'
import type { Json, Ledger } from '#ledger'
import type { Post } from '#post'
import type { Trx } from '#transaction'
import type { MailLocale, MailSubject } from './mails.ts'
import { hashOf, isToken, type LinkSecrets } from './secrets.ts'

/** What every part of the module works with. */
export interface House {
  db: Database
  blobs: Blobs
  ledger: Ledger
  post: Post
  secrets: LinkSecrets
  appUrl: string
  expiryDays: number
  confirmation: 'code' | 'none'
  /** Language of mails to staff. */
  locale: MailLocale
  ownsMailbox: (userId: number, address: string) => Promise<boolean>
  now: () => Date
}

export interface LinkRow {
  id: string
  number: number
  original: string
  recipient: string
  sender: string
  sender_name: string | null
  subject: string
  sent_at: number
  shared_mailbox: boolean
  generation: number
  token_hash: string
  issued_at: number
  expires_at: number
  revoked_at: number | null
  code_requested_at: number | null
  confirmed_at: number | null
  fetched_at: number | null
  wanted_at: number | null
  mailed_at: number | null
  reminded_at: number | null
}

export interface FileRow {
  link_id: string
  position: number
  blob: string
  name: string
  size: number
  sha256: string
  crc32: number
  type: string
  /** When the bytes were given up: the link shows that they are no longer there. */
  gone_at: number | null
}

/** Somebody in front of a link's page: what his browser and his connection say. */
export interface Visitor {
  /** Value of the device cookie. */
  device?: string
  /** Account number of whoever is signed in. */
  userId?: number
  /** IP address; only its network is kept. */
  ip?: string
  locale: MailLocale
}

/** Where a link is looked up: the same error for unknown, malformed and revoked, so that nothing tells them apart. */
export async function linkByToken(db: Database | Trx, token: string): Promise<LinkRow> {
  const row: LinkRow | null = isToken(token)
    ? await db.from('links').where('token_hash', hashOf(token)).whereNull('revoked_at').first()
    : null
  if (!row) throw new NotFound('E_NO_LINK', 'No such link, or it was revoked')
  return row
}

/** What a recipient does needs a link that has not expired. */
export function refuseExpired(link: LinkRow, now: Date): void {
  if (link.expires_at <= now.getTime()) throw new Refused('E_LINK_EXPIRED', 'The link has expired')
}

/** Nothing is promised of files that were destroyed. @throws Refused `E_FILES_GONE` */
export async function refuseGone(trx: Trx, link: LinkRow): Promise<void> {
  const gone: unknown = await trx
    .from('link_files')
    .where('link_id', link.id)
    .whereNotNull('gone_at')
    .first()
  if (gone) throw new Refused('E_FILES_GONE', `The files of link ${link.id} are no longer there`)
}

export async function filesOf(db: Database | Trx, linkId: string): Promise<FileRow[]> {
  return db.from('link_files').where('link_id', linkId).orderBy('position')
}

export function mailOf(link: LinkRow): MailSubject {
  return {
    number: link.number,
    sender: link.sender,
    senderName: link.sender_name,
    recipient: link.recipient,
    subject: link.subject,
    sentAt: new Date(link.sent_at),
    expiresAt: new Date(link.expires_at),
  }
}

/** An event of a link for the ledger. */
export function linkEvent(
  link: Pick<LinkRow, 'id' | 'number' | 'original' | 'recipient'>,
  type:
    | 'link_issued'
    | 'link_confirmed'
    | 'link_downloaded'
    | 'link_revoked'
    | 'link_extended'
    | 'link_renewed'
    | 'link_sent'
    | 'link_refused',
  at: Date,
  detail: Record<string, Json> = {}
) {
  return {
    type,
    number: link.number,
    original: link.original,
    at,
    detail: { link: link.id, recipient: link.recipient, ...detail },
  }
}
