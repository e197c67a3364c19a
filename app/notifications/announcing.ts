import { NotFound, Refused } from '#errors'
import type { LetterFate } from '#post'
import { transaction, type Trx } from '#transaction'
import type { Access } from '#vault'
import { members, reasonAgainst, type Member } from './people.ts'
import {
  enqueue,
  type AnnouncementRow,
  type House,
  type NotificationRow,
  type Reason,
} from './rows.ts'

/** The same person announces in the same vault once in this time, in milliseconds. */
const PAUSE = 60_000

/** Longest sentence of a sender, in characters. */
export const LONGEST_SENTENCE = 1000

export interface Recipient {
  userId: number
  name: string
  role: Member['role']
  /** Why he gets nothing. */
  reason: Reason | null
}

export interface Sending {
  id: number
  senderId: number
  senderName: string
  sentence: string | null
  madeAt: Date
  recipients: {
    /** Of the notification. */
    id: number
    name: string
    /** `preparing`: nothing is written yet; `waiting`: it failed for now and is tried again. */
    state: 'preparing' | 'queued' | 'waiting' | 'delivered' | 'failed' | 'dropped'
    reason: Reason | null
    fate: LetterFate | null
  }[]
}

/** Who gets a mail when the viewer announces now, and who does not. */
export async function preview(house: House, access: Access): Promise<Recipient[]> {
  const now = house.now()
  return (await audience(house.db, access)).map((member) => ({
    userId: member.userId,
    name: member.name,
    role: member.role,
    reason: reasonAgainst(member, now),
  }))
}

/**
 * Writes a row per recipient; each becomes a mail of his own.
 *
 * @throws Refused `E_THROTTLED` with the seconds to wait · `E_NOBODY` · `E_SENTENCE` · `E_ROLE` for readers and where
 *   nothing can be added
 */
export async function announce(
  house: House,
  access: Access,
  text: string
): Promise<{ id: number; recipients: number }> {
  const sentence = text.trim()
  if ([...sentence].length > LONGEST_SENTENCE) {
    throw new Refused('E_SENTENCE', `A sentence has ${LONGEST_SENTENCE} characters at most`, {
      facts: { longest: LONGEST_SENTENCE },
    })
  }
  const { vault, viewer } = access
  if (!house.vaults.may(access, 'add')) {
    throw new Refused('E_ROLE', `In vault ${vault.number} a ${access.role} announces nothing`, {
      facts: { role: access.role },
    })
  }
  return transaction(house.db, async (trx) => {
    await trx.from('vaults').where('id', vault.id).forUpdate()
    await assertPause(house, trx, access)
    const now = house.now()
    const told = (await audience(trx, access)).filter((one) => reasonAgainst(one, now) === null)
    if (told.length === 0) throw new Refused('E_NOBODY', `Nobody in vault ${vault.number} to tell`)
    const [made] = (await trx
      .insertQuery()
      .table('announcements')
      .returning('id')
      .insert({
        vault_id: vault.id,
        sender_id: viewer.id,
        sender_name: viewer.name,
        sentence: sentence || null,
        made_at: now.getTime(),
      })) as (number | { id: number })[]
    const id = typeof made === 'object' ? made.id : made!
    for (const { userId } of told) {
      const row = { user_id: userId, key: `announced:${id}:${userId}`, kind: 'announced' as const }
      await enqueue(house, trx, { ...row, announcement_id: id, vault_id: vault.id })
    }
    await house.vaults.note(trx, access, {
      what: 'notified',
      makerId: viewer.id,
      details: { recipients: told.length },
    })
    return { id, recipients: told.length }
  })
}

/**
 * Has one recipient told again whose mail failed for good.
 *
 * @throws NotFound `E_NO_NOTIFICATION` · Refused `E_NOT_FAILED`, `E_ROLE`
 */
export async function again(house: House, access: Access, id: number): Promise<void> {
  const [sending] = await sendings(house, access, { notification: id })
  const recipient = sending?.recipients.find((one) => one.id === id)
  if (!sending || !recipient)
    throw new NotFound('E_NO_NOTIFICATION', `No notification ${id} for this viewer`)
  if (!maySendAgain(access, sending)) {
    throw new Refused('E_ROLE', `Only its sender and the owner send notification ${id} again`)
  }
  if (recipient.state !== 'failed') {
    throw new Refused('E_NOT_FAILED', `Notification ${id} is ${recipient.state}`)
  }
  await transaction(house.db, async (trx) => {
    const { letter } = await trx.from('notifications').where('id', id).firstOrFail()
    const now = house.now().getTime()
    const changed = await trx
      .from('notifications')
      .where({ id, letter, state: 'posted' })
      .update({ state: 'queued', letter: null, next_at: now })
    if (Number(changed) > 0) trx.after('commit', () => house.wake(id))
  })
}

/** Replies name addresses, so they are for the same people. */
export function maySendAgain({ role, viewer }: Access, sending: Sending): boolean {
  return role === 'owner' || sending.senderId === viewer.id
}

/** What was announced in a vault, newest first: a contributor sees his own. */
export async function sendings(
  house: House,
  access: Access,
  which: { limit?: number; notification?: number } = {}
): Promise<Sending[]> {
  const query = house.db
    .from('announcements')
    .where('vault_id', access.vault.id)
    .orderBy('id', 'desc')
    .limit(which.limit ?? 1)
  if (access.role === 'contributor') query.where('sender_id', access.viewer.id)
  if (which.notification !== undefined) {
    query.whereIn('id', (ids) =>
      ids.from('notifications').where('id', which.notification!).select('announcement_id')
    )
  }
  const rows: AnnouncementRow[] = await query
  const told: (NotificationRow & { full_name: string })[] = await house.db
    .from('notifications')
    .join('users', 'users.id', 'notifications.user_id')
    .select('notifications.*', 'users.full_name')
    .whereIn(
      'announcement_id',
      rows.map(({ id }) => id)
    )
    .orderBy('users.sort_name')
    .orderBy('notifications.id')
  const fates = await house.post.fates(told.flatMap(({ letter }) => letter ?? []))
  return rows.map((row) => ({
    id: row.id,
    senderId: row.sender_id,
    senderName: row.sender_name,
    sentence: row.sentence,
    madeAt: new Date(row.made_at),
    recipients: told
      .filter(({ announcement_id: id }) => id === row.id)
      .map((one) => {
        const fate = (one.letter && fates.get(one.letter)) || null
        return {
          id: one.id,
          name: one.full_name,
          state: stateOf(one, fate),
          reason: one.reason,
          fate,
        }
      }),
  }))
}

function stateOf(row: NotificationRow, fate: LetterFate | null) {
  if (row.state === 'dropped') return 'dropped'
  if (row.state === 'queued' || !fate) return 'preparing'
  return fate.state === 'queued' && fate.attempts > 0 ? 'waiting' : fate.state
}

/**
 * All other members. Contributors do not learn of each other, so one of them tells those only who can see what he put in.
 */
async function audience(db: House['db'] | Trx, access: Access): Promise<Member[]> {
  const all = await members(db, (rows) => rows.where('memberships.vault_id', access.vault.id))
  const others = all.filter(({ userId }) => userId !== access.viewer.id)
  return access.role === 'contributor'
    ? others.filter(({ role }) => role !== 'contributor')
    : others
}

async function assertPause(house: House, trx: Trx, access: Access): Promise<void> {
  const now = house.now().getTime()
  const last: AnnouncementRow | null = await trx
    .from('announcements')
    .where({ vault_id: access.vault.id, sender_id: access.viewer.id })
    .where('made_at', '>', now - PAUSE)
    .where('made_at', '<=', now)
    .first()
  if (!last) return
  const seconds = Math.ceil((last.made_at + PAUSE - now) / 1000)
  throw new Refused('E_THROTTLED', `Somebody announced less than a minute ago`, {
    facts: { seconds },
  })
}
