import { createHash, randomBytes } from 'node:crypto'
import { NotFound } from '#errors'
import type { Trx } from '#transaction'
import type { Access, ReturnAddress } from '#vault'
import type { House, Uploader } from './rows.ts'

const VALID = 24 * 60 * 60 * 1000
const TICKET = /^[A-Za-z0-9_-]{43}$/

/** For programs that have no cookie: who bears it may upload to one place until it expires. */
export interface UploadTicket {
  ticket: string
  expiresAt: Date
}

interface TicketRow {
  user_id: number | null
  vault_number: number | null
  folder_id: number | null
  link_id: string | null
  returned: string | null
}

/** @throws what `Vaults.assertMay` and `Vaults.entry` throw: the ticket leads where its owner may put files */
export async function memberTicket(
  house: House,
  access: Access,
  folder: number | null
): Promise<UploadTicket> {
  await house.vaults.assertFits(access, folder, { name: 'x', path: [] }, 'keep')
  return issue(house, {
    user_id: access.viewer.id,
    vault_number: access.vault.number,
    folder_id: folder,
  })
}

/** For the recipient of a link, who has proved that he is. */
export function returnTicket(house: House, link: string, to: ReturnAddress): Promise<UploadTicket> {
  return issue(house, { link_id: link, returned: JSON.stringify(to) })
}

/** Who bears a ticket. @throws NotFound `E_NO_TICKET` */
export async function bearerOf(house: House, ticket: string): Promise<Uploader> {
  const none = new NotFound('E_NO_TICKET', 'No such upload ticket, or it has expired')
  if (!TICKET.test(ticket)) throw none
  const row: TicketRow | null = await house.db
    .from('upload_tickets')
    .where('ticket_hash', hashOf(ticket))
    .where('expires_at', '>', house.now().getTime())
    .first()
  if (row?.link_id) {
    // A link that was revoked takes its tickets with it.
    if (!(await house.takesBack(row.link_id))) throw none
    return { kind: 'recipient', link: row.link_id, to: JSON.parse(row.returned!) as ReturnAddress }
  }
  if (!row?.user_id) throw none
  const only = { vault: row.vault_number!, folder: row.folder_id }
  return { kind: 'member', userId: row.user_id, only }
}

/** Takes all tickets of a person back, as when his sessions end. */
export async function endTickets(trx: Trx, userId: number): Promise<void> {
  await trx.from('upload_tickets').where('user_id', userId).delete()
}

async function issue(house: House, facts: Partial<TicketRow>): Promise<UploadTicket> {
  const ticket = randomBytes(32).toString('base64url')
  const expiresAt = new Date(house.now().getTime() + VALID)
  await house.db
    .insertQuery()
    .table('upload_tickets')
    .insert({ ...facts, ticket_hash: hashOf(ticket), expires_at: expiresAt.getTime() })
  return { ticket, expiresAt }
}

/** It has too many bits to be guessed from a plain hash. */
function hashOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('hex')
}
