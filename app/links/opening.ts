import { domainOf, mailboxOf, maskAddress } from './masking.ts'
import { askedWithin } from './asking.ts'
import { CODE_TRIES, liveCode } from './codes.ts'
import { filesOf, linkByToken, type House, type LinkRow, type Visitor } from './rows.ts'
import { hashOf, isBearer } from './secrets.ts'

export interface LinkViewFile {
  /** Position in the mail, from 1; names the file in a ticket request. */
  position: number
  name: string
  size: number
  sha256: string
  type: string
}

interface Everybody {
  number: number
  /** Domain of the sender. */
  firm: string
  /** Such as `cl••@…`. */
  recipientMasked: string
  sharedMailbox: boolean
  sentAt: Date
  expiresAt: Date
  fileCount: number
  /** Bytes of all files. */
  totalSize: number
  /** Value of the hidden field that every form on the page carries. */
  form: string
  /** When somebody last asked the sender for a link, while that bars the next request. */
  wantedAt: Date | null
  /** When somebody last asked through this link for one of his own, within a day. */
  askedAt: Date | null
  /** The files were destroyed, so nothing is to be had any more; the link is shown as expired. */
  gone: boolean
}

export type LinkView = Everybody &
  (
    | { state: 'expired' }
    | {
        state: 'locked'
        /** A code that is on its way and can be entered. */
        code: { requestedAt: Date; expiresAt: Date; triesLeft: number } | null
      }
    | {
        state: 'open'
        viewer: 'recipient' | 'sender'
        recipient: string
        sender: string
        senderName: string | null
        subject: string
        files: LinkViewFile[]
      }
  )

/** Once a day a link may tell its sender that it is wanted. */
export const WANTED_PAUSE = 24 * 60 * 60 * 1000

/** As whom a visitor may see the files; `proof` is what his forms are bound to. */
export type Access = { as: 'recipient' | 'sender'; proof: string } | null

/** Reads only. */
export async function accessOf(house: House, link: LinkRow, visitor: Visitor): Promise<Access> {
  if (visitor.userId !== undefined && (await house.ownsMailbox(visitor.userId, link.sender))) {
    return { as: 'sender', proof: `user ${visitor.userId}` }
  }
  if (house.confirmation === 'none') return { as: 'recipient', proof: '' }
  if (!isBearer(visitor.device)) return null
  const known = await house.db
    .from('link_devices')
    .where({ device_hash: hashOf(visitor.device), mailbox: mailboxOf(link.recipient) })
    .where('expires_at', '>', house.now().getTime())
    .first()
  return known ? { as: 'recipient', proof: `device ${visitor.device}` } : null
}

export async function openLink(house: House, token: string, visitor: Visitor): Promise<LinkView> {
  const link = await linkByToken(house.db, token)
  const access = await accessOf(house, link, visitor)
  const files = await filesOf(house.db, link.id)
  const now = house.now().getTime()
  const everybody: Everybody = {
    number: link.number,
    firm: domainOf(link.sender),
    recipientMasked: maskAddress(link.recipient),
    sharedMailbox: Boolean(link.shared_mailbox),
    sentAt: new Date(link.sent_at),
    expiresAt: new Date(link.expires_at),
    fileCount: files.length,
    totalSize: files.reduce((sum, file) => sum + file.size, 0),
    form: house.secrets.formKey(token, access?.proof ?? ''),
    wantedAt:
      link.wanted_at !== null && link.wanted_at > now - WANTED_PAUSE
        ? new Date(link.wanted_at)
        : null,
    askedAt: await askedWithin(house, link.id),
    gone: files.some((file) => file.gone_at !== null),
  }
  if (everybody.gone) return { ...everybody, state: 'expired' }
  if (link.expires_at <= now && access?.as !== 'sender') return { ...everybody, state: 'expired' }
  if (access === null) {
    const code = await liveCode(house.db, link.id, now)
    return {
      ...everybody,
      state: 'locked',
      code: code && {
        requestedAt: new Date(code.requested_at),
        expiresAt: new Date(code.expires_at),
        triesLeft: CODE_TRIES - code.tries,
      },
    }
  }
  return {
    ...everybody,
    state: 'open',
    viewer: access.as,
    recipient: link.recipient,
    sender: link.sender,
    senderName: link.sender_name,
    subject: link.subject,
    files: files.map(({ position, name, size, sha256, type }) => ({
      position,
      name,
      size,
      sha256,
      type,
    })),
  }
}
