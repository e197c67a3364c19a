import { transaction, type Trx } from '#transaction'
import type { Vault } from '#vault'
import {
  announcementLetter,
  digestLetter,
  FILES_IN_LETTER,
  gatheredLetter,
  type LetterText,
  type News,
  type Reader,
} from './letters.ts'
import { current, memberOf, members, reasonAgainst, untoldSince, type Member } from './people.ts'
import { returnedLetter } from './returned.ts'
import type { AnnouncementRow, House, Kind, NotificationRow, Reason } from './rows.ts'

/**
 * Writes the mail of one notification, in one transaction with the note that it was written: running it again, or after a crash,
 * posts nothing twice. What is new is looked up now, with what the reader may see now.
 */
export async function write(house: House, id: number): Promise<void> {
  await transaction(house.db, async (trx) => {
    const row: NotificationRow | null = await trx
      .from('notifications')
      .where({ id, state: 'queued' })
      .forUpdate()
      .first()
    if (!row) return
    const made = await of[row.kind](house, trx, row)
    if ('reason' in made) {
      const dropped = { state: 'dropped', reason: made.reason, next_at: null }
      await trx.from('notifications').where('id', id).update(dropped)
      return
    }
    const { text, ...to } = made
    const letter = await house.post.post(trx, { kind: `vault_${row.kind}`, ...to, ...text })
    const posted = { state: 'posted', reason: null, letter: letter ?? null, next_at: null }
    await trx.from('notifications').where('id', id).update(posted)
  })
}

type Made =
  { to: string; locale: 'de' | 'en'; text: Omit<LetterText, 'choicesUrl'> } | { reason: Reason }

const of: Record<Kind, (house: House, trx: Trx, row: NotificationRow) => Promise<Made>> = {
  announced: ofVault,
  at_once: ofVault,
  daily: ofDay,
  returned: returnedLetter,
}

async function ofVault(house: House, trx: Trx, row: NotificationRow): Promise<Made> {
  const vault = await house.vaults.byId(trx, row.vault_id!)
  const member = await memberOf(trx, vault.id, row.user_id!)
  const reason = reasonAgainst(member, house.now())
  if (reason !== null) return { reason }
  if (vault.trashedAt) return { reason: 'ended' }
  const reader = readerOf(house, member!)
  if (row.kind === 'announced') {
    const announcement: AnnouncementRow = await trx
      .from('announcements')
      .where('id', row.announcement_id!)
      .firstOrFail()
    const from = { name: announcement.sender_name, sentence: announcement.sentence }
    const news = await newsFor(house, trx, vault, member!, { since: member!.lastVisitAt })
    return addressed(reader, member!, announcementLetter(house, reader, vault, from, news))
  }
  // Whoever has been there meanwhile has seen it.
  const visited = member!.lastVisitAt?.getTime() ?? 0
  const since = new Date(Math.max(row.since ?? 0, visited))
  const news = await newsFor(house, trx, vault, member!, { since, until: new Date(row.until!) })
  if (news.total === 0) return { reason: 'nothing_new' }
  return addressed(reader, member!, gatheredLetter(house, reader, vault, { ...news, since: null }))
}

/** All vaults of one person whose digest he wants; what it tells counts as told. */
async function ofDay(house: House, trx: Trx, row: NotificationRow): Promise<Made> {
  const now = house.now()
  const until = new Date(row.until!)
  const own = await members(trx, (rows) => {
    rows.where({ 'memberships.user_id': row.user_id!, 'memberships.notify': 'daily' })
    current(now)(rows)
  })
  const told = own.filter((member) => reasonAgainst(member, now) === null)
  if (told.length === 0) return { reason: own.length > 0 ? 'disabled' : 'never' }
  const vaults: { vault: Vault; news: News }[] = []
  for (const member of told) {
    const vault = await house.vaults.byId(trx, member.vaultId)
    if (vault.trashedAt) continue
    const since = untoldSince(member)
    const news = await newsFor(house, trx, vault, member, { since, until })
    if (news.total > 0) vaults.push({ vault, news: { ...news, since: null } })
  }
  await trx
    .from('memberships')
    .where('user_id', row.user_id!)
    .whereIn(
      'vault_id',
      told.map(({ vaultId }) => vaultId)
    )
    .update({ notified_at: until.getTime() })
  if (vaults.length === 0) return { reason: 'nothing_new' }
  vaults.sort((a, b) => a.vault.number - b.vault.number)
  const reader = readerOf(house, told[0]!)
  return addressed(reader, told[0]!, digestLetter(house, reader, vaults))
}

async function newsFor(
  house: House,
  trx: Trx,
  vault: Vault,
  member: Member,
  span: { since: Date | null; until?: Date }
): Promise<News> {
  const { userId, role } = member
  const found = await house.vaults.news.of(trx, vault, { userId, role }, span, FILES_IN_LETTER)
  return { files: found.files, total: found.total, since: span.since }
}

function addressed({ locale }: Reader, { email }: Member, text: LetterText): Made {
  return { to: email, locale, text }
}

function readerOf(house: House, { name, locale }: Member) {
  return { name, locale: locale ?? house.locale }
}
