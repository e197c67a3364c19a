import { randomUUID } from 'node:crypto'
import { DateTime } from 'luxon'
import { NotFound, PermanentError, Refused } from '#errors'
import type { LedgerEvent } from '#ledger'
import { insert, insertNew, rows } from '#prepared'
import { transaction, type Trx } from '#transaction'
import { looksShared } from './masking.ts'
import { filesOf, linkEvent, refuseGone, type House, type LinkRow } from './rows.ts'
import { hashOf } from './secrets.ts'

/** Notices and pages name a day; the link works until that day has ended where the firms are. */
export function endOfDay(from: number, days: number): Date {
  // A mail with a hundred recipients asks a hundred times, and the calendar takes longer than all else about a link.
  const hour = Math.floor(from / HOUR)
  if (hour !== lastEnd?.hour || days !== lastEnd.days) {
    const moment = DateTime.fromMillis(from, { zone: 'Europe/Berlin' })
    lastEnd = { hour, days, end: moment.plus({ days }).endOf('day').toMillis() }
  }
  return new Date(lastEnd.end)
}

/** Days begin and clocks change at full hours, of UTC too. */
const HOUR = 3_600_000

let lastEnd: { hour: number; days: number; end: number } | undefined

/** A file as it was when the link was issued. Later changes in a vault do not reach it. */
export interface LinkFile {
  /** Id of the blob. */
  blob: string
  name: string
  /** Bytes. */
  size: number
  /** Hex. */
  sha256: string
  /** Unsigned. */
  crc32: number
  /** MIME type. */
  type: string
}

export interface Issue {
  /** Number of the message. */
  number: number
  /** SHA-256 of the original, hex. */
  original: string
  recipient: string
  sender: string
  senderName: string | null
  subject: string
  sentAt: Date
  files: LinkFile[]
  /** Whether several people read the recipient's mailbox; guessed from the address when left out. */
  sharedMailbox?: boolean
}

export interface IssuedLink {
  id: string
  url: string
  expiresAt: Date
}

export type LinkTarget = { id: string } | { number: number; recipient: string }

/** The first token of a message and recipient. The number stands for a further link after this one. */
const FIRST = 1

export function issued(
  house: House,
  link: Pick<LinkRow, 'id' | 'number' | 'recipient' | 'generation' | 'expires_at'>
): IssuedLink {
  const token = house.secrets.token(link.number, link.recipient, link.generation)
  return { id: link.id, url: `${house.appUrl}/d/${token}`, expiresAt: new Date(link.expires_at) }
}

/**
 * A link before it is there: what it will be once `record` has written it, in the transaction that fixes the form that carries
 * it. So a mail has a link exactly when it has its form.
 */
export interface LinkDraft extends Omit<IssuedLink, 'id'> {
  /** Writes it, and gives what goes into the ledger; nothing where it is there already. */
  record(trx: Trx): Promise<LedgerEvent[]>
}

export async function draftLink(house: House, issue: Issue): Promise<LinkDraft> {
  const { number, recipient, files } = issue
  if (files.length === 0) {
    throw new PermanentError('E_NO_FILES', `Message ${number} has no files for a link`)
  }
  const known = 'SELECT * FROM links WHERE number = ? AND recipient = ?'
  const [there] = await rows<LinkRow>(house.db, known, [number, recipient])
  if (there) return { ...issued(house, there), record: async () => [] }

  const now = house.now()
  const link = {
    id: randomUUID(),
    number,
    original: issue.original,
    recipient,
    sender: issue.sender,
    sender_name: issue.senderName,
    subject: issue.subject,
    sent_at: issue.sentAt.getTime(),
    shared_mailbox: issue.sharedMailbox ?? looksShared(recipient),
    generation: FIRST,
    token_hash: hashOf(house.secrets.token(number, recipient, FIRST)),
    issued_at: now.getTime(),
    expires_at: endOfDay(now.getTime(), house.expiryDays).getTime(),
  }
  const contents = files.map(({ blob, name, size, sha256, crc32, type }, index) => ({
    ...{ link_id: link.id, position: index + 1 },
    ...{ blob, name, size, sha256, crc32, type },
  }))
  const detail = {
    expiresAt: new Date(link.expires_at).toISOString(),
    files: files.map(({ name, size, sha256 }) => ({ name, size, sha256 })),
  }
  return {
    ...issued(house, link),
    async record(trx) {
      if (!(await insertNew(trx, 'links', link))) return []
      await insert(trx, 'link_files', contents)
      return [linkEvent(link, 'link_issued', now, detail)]
    },
  }
}

/** A link to the same files for one more recipient, inside the caller's transaction. */
export async function copyLink(
  house: House,
  trx: Trx,
  source: LinkRow,
  recipient: string
): Promise<LinkRow> {
  const now = house.now().getTime()
  const id = randomUUID()
  const link: LinkRow = {
    ...source,
    id,
    recipient,
    shared_mailbox: looksShared(recipient),
    generation: FIRST,
    token_hash: hashOf(house.secrets.token(source.number, recipient, FIRST)),
    issued_at: now,
    expires_at: endOfDay(now, house.expiryDays).getTime(),
    revoked_at: null,
    code_requested_at: null,
    confirmed_at: null,
    fetched_at: null,
    wanted_at: null,
    mailed_at: now,
    reminded_at: null,
  }
  await trx.insertQuery().table('links').insert(link)
  const files = await filesOf(trx, source.id)
  await insert(
    trx,
    'link_files',
    files.map((file) => ({ ...file, link_id: id }))
  )
  return link
}

export async function target(trx: Trx, wanted: LinkTarget): Promise<LinkRow> {
  const link: LinkRow | null = await trx.from('links').where(wanted).forUpdate().first()
  if (!link) throw new NotFound('E_NO_LINK', `No link for ${JSON.stringify(wanted)}`)
  return link
}

export async function revokeLink(house: House, wanted: LinkTarget, actor: number): Promise<void> {
  const now = house.now()
  await transaction(house.db, async (trx) => {
    const link = await target(trx, wanted)
    if (link.revoked_at !== null) return
    await trx.from('links').where('id', link.id).update({ revoked_at: now.getTime() })
    await house.ledger.append(trx, [linkEvent(link, 'link_revoked', now, { actor })])
  })
}

/** Extends from today, or from the link's end when that is later: never shortens. */
export async function extendLink(
  house: House,
  wanted: LinkTarget,
  days: number,
  actor: number
): Promise<{ expiresAt: Date }> {
  if (!Number.isInteger(days) || days < 1 || days > 3650) {
    throw new Refused('E_BAD_DAYS', `A link is extended by 1 to 3650 days, not by ${days}`)
  }
  const now = house.now()
  return transaction(house.db, async (trx) => {
    const link = await target(trx, wanted)
    if (link.revoked_at !== null) {
      throw new Refused('E_LINK_REVOKED', 'A revoked link is not extended: it stays closed')
    }
    await refuseGone(trx, link)
    const expiresAt = endOfDay(Math.max(now.getTime(), link.expires_at), days)
    await trx
      .from('links')
      .where('id', link.id)
      .update({ expires_at: expiresAt.getTime(), wanted_at: null })
    await house.ledger.append(trx, [
      linkEvent(link, 'link_extended', now, { actor, expiresAt: expiresAt.toISOString() }),
    ])
    return { expiresAt }
  })
}
