import { randomUUID } from 'node:crypto'
import type { Language } from '#accounts'
import { NotFound } from '#errors'
import type { Post } from '#post'
import type { Trx } from '#transaction'
import { invitationLetter, signUpLetter, type Places } from './letters.ts'
import { fromRow, invitations, type InvitationRow, type Kind } from './rows.ts'
import { hashOf, newToken } from './tokens.ts'

const DAY = 24 * 60 * 60 * 1000

/** How long a link works, in milliseconds. */
const VALID: Record<Kind, number> = { vault: 7 * DAY, house: 7 * DAY, staff: DAY }

/** Which rows are meant: columns and what they hold. */
type Where = Record<string, string | number>

export type NewInvitation = Pick<InvitationRow, 'kind' | 'email' | 'role' | 'locale'> &
  Partial<InvitationRow>

/** What every part of the module writes letters with. */
export interface Writing {
  post: Post
  places: Places
  /** Language of letters to people who have not chosen one. */
  locale: Language
  now: () => Date
}

/** Makes an invitation and mails its link. */
export async function insert(writing: Writing, trx: Trx, row: NewInvitation): Promise<void> {
  const id = randomUUID()
  const now = writing.now().getTime()
  const times = { made_at: now, sent_at: now, expires_at: now + VALID[row.kind] }
  await trx
    .insertQuery()
    .table('invitations')
    .insert({ id, token_hash: hashOf(newToken()), ...row, ...times })
  await send(writing, trx, { ...row, id })
}

/** Gives it another token, which stands in the letter and nowhere else. */
export async function send(
  { post, places, now: clock }: Writing,
  trx: Trx,
  { id, kind }: Pick<InvitationRow, 'id' | 'kind'>
): Promise<void> {
  const token = newToken()
  const now = clock().getTime()
  await trx
    .from('invitations')
    .where('id', id)
    .update({ token_hash: hashOf(token), sent_at: now, expires_at: now + VALID[kind] })
  const row: InvitationRow = await invitations(trx).where('invitations.id', id).firstOrFail()
  const one = fromRow(row, now)
  const letter =
    kind === 'staff'
      ? signUpLetter(one, `${places.appUrl}/registrieren/${token}`)
      : invitationLetter(one, `${places.appUrl}/einladung/${token}`, places)
  await post.post(trx, { kind: 'invitation', to: one.email, ...letter })
}

/** Ends what is open: what comes now replaces it, or somebody took it back. */
export async function end(trx: Trx, where: Where, now: Date): Promise<void> {
  await unused(trx).where(where).update({ revoked_at: now.getTime() })
}

/** One that can still be sent anew or taken back, locked. @throws NotFound `E_NO_INVITATION` */
export async function waiting(trx: Trx, where: Where): Promise<InvitationRow> {
  const row: InvitationRow | null = await unused(trx).where(where).forUpdate().first()
  if (!row) throw noInvitation()
  return row
}

const unused = (trx: Trx) => trx.from('invitations').whereNull('used_at').whereNull('revoked_at')

export const noInvitation = () =>
  new NotFound('E_NO_INVITATION', 'There is no such invitation, or not for whoever asks')
