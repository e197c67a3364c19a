import type { Database } from '@adonisjs/lucid/database'
import type { Post } from '#post'
import type { Trx } from '#transaction'
import type { Vaults } from '#vault'

/** What every part of the module works with. */
export interface House {
  db: Database
  post: Post
  vaults: Vaults
  /** Base of addresses in letters. */
  appUrl: string
  timeZone: string
  /** For people who have not chosen a language. */
  locale: 'de' | 'en'
  now: () => Date
  /** Wakes the job of one notification up, after the commit. */
  wake: (id: number) => void
}

/** A database or a transaction. */
export type Source = Database | Trx

/**
 * When somebody is told of what is new in a vault. `manual`: when another member presses „Benachrichtigung verschicken“.
 * `at_once` and `daily` are told by themselves beside that.
 */
export const CHOICES = ['at_once', 'daily', 'manual', 'never'] as const
export type Choice = (typeof CHOICES)[number]

export type Kind = 'announced' | 'at_once' | 'daily' | 'returned'

/** Why somebody is not told after all. */
export type Reason = 'never' | 'ended' | 'disabled' | 'nothing_new'

export interface NotificationRow {
  id: number
  /** Says who is told what: once. */
  key: string
  user_id: number | null
  /** Where another than the account's is meant. */
  address: string | null
  kind: Kind
  announcement_id: number | null
  vault_id: number | null
  since: number | null
  until: number | null
  state: 'queued' | 'posted' | 'dropped'
  reason: Reason | null
  letter: string | null
  made_at: number
}

export interface AnnouncementRow {
  id: number
  vault_id: number
  sender_id: number
  sender_name: string
  sentence: string | null
  made_at: number
}

/** Has somebody told something once: `key` says who and what. @param delay milliseconds until the mail is written */
export async function enqueue(
  house: House,
  trx: Trx,
  row: Pick<NotificationRow, 'key' | 'kind'> & Partial<NotificationRow>,
  delay = 0
): Promise<void> {
  const now = house.now().getTime()
  await trx
    .knexQuery()
    .table('notifications')
    .insert({ ...row, state: 'queued', made_at: now, next_at: now + delay })
    .onConflict('key')
    .ignore()
  if (delay > 0) return
  const made: NotificationRow = await trx.from('notifications').where('key', row.key).firstOrFail()
  if (made.state === 'queued') trx.after('commit', () => house.wake(made.id))
}
