import type { Readable } from 'node:stream'
import { createHash } from 'node:crypto'
import { NotFound, Refused } from '#errors'
import { telemetry } from '#telemetry'
import { transaction, type Trx } from '#transaction'
import { entryNames, layoutZip, readZip } from '#zip'
import { tellAllFetched } from './notices.ts'
import { accessOf } from './opening.ts'
import { networkOf } from '../network.ts'
import { addRange, covered, type Ranges } from './ranges.ts'
import {
  filesOf,
  linkByToken,
  linkEvent,
  refuseExpired,
  type FileRow,
  type House,
  type LinkRow,
  type Visitor,
} from './rows.ts'
import { hashOf, isBearer, isToken, newBearer } from './secrets.ts'

const MINUTE = 60 * 1000
const FIRST_USE = 10 * MINUTE
const RESUME = 24 * 60 * MINUTE

export interface Ticket {
  ticket: string
  /** Value of the device cookie to which it is bound; new when the visitor had none. */
  device: string
}

interface TicketRow {
  ticket_hash: string
  link_id: string
  position: number | null
  device_hash: string
  by_recipient: boolean
  expires_at: number
  first_used_at: number | null
  completed_at: number | null
  sent: string
}

/** What a ticket stands for: one file, or all files of the link as one ZIP. */
export interface Download {
  /** Number of the message. */
  number: number
  name: string
  /** MIME type. */
  type: string
  /** Bytes. */
  size: number
  /** Strong entity tag, quoted (RFC 9110 section 8.8.3). */
  etag: string
  /** Bytes `start` to `end` (exclusive). Errors of the stream are those of `Blobs.read`. */
  read(range: { start: number; end: number }): Readable
  /** Says that content is about to be sent. @throws NotFound when the ticket ended in between */
  begin(): Promise<void>
  /**
   * Says what was sent: bytes `start` to `end` (exclusive), and whether the response ended in order. When all
   * bytes were sent, in however many responses, the download is complete, once.
   */
  record(start: number, end: number, ended: boolean): Promise<void>
}

export async function issueTicket(
  house: House,
  token: string,
  wanted: number | 'all',
  visitor: Visitor
): Promise<Ticket> {
  const at = house.now()
  const link = await linkByToken(house.db, token)
  const access = await accessOf(house, link, visitor)
  if (access === null) throw new Refused('E_NOT_CONFIRMED', 'The recipient has not entered a code')
  if (access.as === 'recipient') refuseExpired(link, at)
  const files = await filesOf(house.db, link.id)
  if (files.some((file) => file.gone_at !== null)) {
    throw new Refused('E_FILES_GONE', `The files of link ${link.id} are no longer there`)
  }
  if (wanted !== 'all' && !files.some((file) => file.position === wanted)) {
    throw new NotFound('E_NO_FILE', `Link ${link.id} has no file ${wanted}`)
  }
  const ticket = newBearer()
  const device = isBearer(visitor.device) ? visitor.device : newBearer()
  await house.db
    .insertQuery()
    .table('link_tickets')
    .insert({
      ticket_hash: hashOf(ticket),
      link_id: link.id,
      position: wanted === 'all' ? null : wanted,
      device_hash: hashOf(device),
      by_recipient: access.as === 'recipient',
      issued_at: at.getTime(),
      expires_at: at.getTime() + FIRST_USE,
      sent: '[]',
    })
  return { ticket, device }
}

export async function redeemTicket(
  house: House,
  token: string,
  ticket: string,
  visitor: Visitor
): Promise<Download> {
  const none = () => new NotFound('E_NO_TICKET', 'No such ticket, or not for this browser')
  if (!isToken(token) || !isBearer(ticket) || !isBearer(visitor.device)) throw none()
  const row: TicketRow | null = await house.db
    .from('link_tickets')
    .where({ ticket_hash: hashOf(ticket), device_hash: hashOf(visitor.device) })
    .where('expires_at', '>', house.now().getTime())
    .first()
  if (!row) throw none()
  const link: LinkRow | null = await house.db
    .from('links')
    .where({ id: row.link_id, token_hash: hashOf(token) })
    .whereNull('revoked_at')
    .first()
  if (!link) throw none()
  const files = await filesOf(house.db, link.id)
  if (files.some((file) => file.gone_at !== null)) throw none()
  const content =
    row.position === null
      ? zipOf(house, link, files)
      : singleFile(
          house,
          files.find((file) => file.position === row.position)!
        )
  return {
    number: link.number,
    ...content,
    begin: () => begin(house, row, content.parts, networkOf(visitor.ip)),
    record: (start, end, ended) => record(house, link, row, content, { start, end, ended }),
  }
}

interface Content extends Pick<Download, 'name' | 'type' | 'size' | 'etag' | 'read'> {
  /** Where the bytes of each file lie. */
  parts: { file: FileRow; start: number; end: number }[]
}

function singleFile(house: House, file: FileRow): Content {
  return {
    name: file.name,
    type: file.type,
    size: file.size,
    etag: `"${file.sha256}"`,
    read: (range) => house.blobs.read(file.blob, range),
    parts: [{ file, start: 0, end: file.size }],
  }
}

/** The same bytes at each request: everything in it is pinned by the link. */
function zipOf(house: House, link: LinkRow, files: FileRow[]): Content {
  const names = entryNames(files.map((file) => file.name))
  const modifiedAt = new Date(link.sent_at)
  const layout = layoutZip(
    files.map((file, index) => ({
      name: names[index]!,
      size: file.size,
      crc32: file.crc32,
      modifiedAt,
    }))
  )
  const pinned = JSON.stringify([link.sent_at, files.map((file) => [file.name, file.sha256])])
  const day = modifiedAt.toISOString().slice(0, 10)
  return {
    name: `${link.subject.slice(0, 80).trim() || 'Webtresor'} ${day}.zip`.replace(
      /[/\\:*?"<>|\p{Cc}]/gu,
      '_'
    ),
    type: 'application/zip',
    size: layout.length,
    etag: `"zip-${createHash('sha256').update(pinned).digest('hex')}"`,
    read: (range) =>
      readZip(layout, range, (entry, part) => house.blobs.read(files[entry]!.blob, part)),
    parts: layout.pieces.flatMap((piece) =>
      'entry' in piece ? [{ file: files[piece.entry]!, start: piece.start, end: piece.end }] : []
    ),
  }
}

async function begin(
  house: House,
  row: TicketRow,
  parts: Content['parts'],
  network: string | null
): Promise<void> {
  if (row.first_used_at !== null) return
  const now = house.now().getTime()
  await transaction(house.db, async (trx) => {
    const first = await trx
      .from('link_tickets')
      .where('ticket_hash', row.ticket_hash)
      .whereNull('first_used_at')
      .update({ first_used_at: now, expires_at: now + RESUME })
    if (Number(first) === 0 || !row.by_recipient) return
    for (const { file } of parts) {
      await trx.insertQuery().table('link_downloads').insert({
        link_id: row.link_id,
        position: file.position,
        ticket_hash: row.ticket_hash,
        started_at: now,
        bytes: 0,
        address: network,
      })
    }
  })
}

async function record(
  house: House,
  link: LinkRow,
  row: TicketRow,
  content: Content,
  sent: { start: number; end: number; ended: boolean }
): Promise<void> {
  if (!row.by_recipient) return
  const at = house.now()
  // Of a broken response nobody knows what arrived. Whoever resumes asks for the rest himself; but the last
  // byte counts only from a response that ended in order, so what broke off is never taken as complete.
  const end = sent.ended ? sent.end : Math.min(sent.end, content.size - 1)
  const completed = await transaction(house.db, async (trx) => {
    const ticket: TicketRow = await trx
      .from('link_tickets')
      .where('ticket_hash', row.ticket_hash)
      .forUpdate()
      .firstOrFail()
    const ranges = addRange(JSON.parse(ticket.sent) as Ranges, sent.start, end)
    const whole =
      covered(ranges, 0, content.size) === content.size && (content.size > 0 || sent.ended)
    const done = whole && ticket.completed_at === null
    await trx
      .from('link_tickets')
      .where('ticket_hash', row.ticket_hash)
      .update({
        sent: JSON.stringify(ranges),
        ...(done ? { completed_at: at.getTime() } : {}),
      })
    for (const part of content.parts) {
      await trx
        .from('link_downloads')
        .where({ ticket_hash: row.ticket_hash, position: part.file.position })
        .update({
          bytes: covered(ranges, part.start, part.end),
          ...(done ? { completed_at: at.getTime() } : {}),
        })
    }
    if (done) await complete(house, trx, link, content, at)
    return done
  })
  if (completed) telemetry.downloaded({ number: link.number, bytes: content.size })
}

async function complete(
  house: House,
  trx: Trx,
  link: LinkRow,
  content: Content,
  at: Date
): Promise<void> {
  await markFetched(trx, link.id, at)
  await tellAllFetched(house, trx, link)
  await house.ledger.append(
    trx,
    content.parts.map(({ file }) =>
      linkEvent(link, 'link_downloaded', at, {
        name: file.name,
        sha256: file.sha256,
        bytes: file.size,
      })
    )
  )
}

/** A link is fetched when each of its files was downloaded completely at least once. */
async function markFetched(trx: Trx, linkId: string, at: Date): Promise<void> {
  const files: { total: number } = await trx
    .from('link_files')
    .where('link_id', linkId)
    .count('* as total')
    .firstOrFail()
  const fetched: { total: number } = await trx
    .from('link_downloads')
    .where('link_id', linkId)
    .whereNotNull('completed_at')
    .countDistinct('position as total')
    .firstOrFail()
  if (Number(fetched.total) < Number(files.total)) return
  await trx
    .from('links')
    .where('id', linkId)
    .whereNull('fetched_at')
    .update({ fetched_at: at.getTime() })
}
