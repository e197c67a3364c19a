/**
 * #notifications: what members of vaults are told by mail, when, and what has become of it.
 *
 * Somebody presses „Benachrichtigung verschicken“ and every other member gets a mail of his own; members who chose so get one by
 * themselves, at once (gathered, so that fifty files are one mail) or at seven in the morning; and people are told what happened to
 * their own things: a lock that was broken, a virus found, a vault that is nearly full, access that ends in a
 * week or has ended.
 *
 * Invariants
 * - A row per recipient: its mail is posted in the same transaction as the note that it was, so that a job that runs again, or after
 *   a crash, posts nothing twice. Whether it arrived is the outbox's to say.
 * - What is new is looked up when the mail is written, with what its reader may see then: a contributor his own only. Nobody is told
 *   of what he did himself.
 * - Whoever chose never, is no member any more or was disabled gets nothing; what happened to his own things he is told always.
 * - Rows hold no names of files.
 *
 * Defaults: the owner of a vault is told at once, everybody else when another member presses the button (`manual`).
 *
 * It refuses to send (#post), to draw pages and to know HTTP.
 */
import type { Database } from '@adonisjs/lucid/database'
import { dueBy } from '#due'
import type { Post } from '#post'
import type { Trx } from '#transaction'
import type { Access, Activity, Vaults } from '#vault'
import { again, announce, preview, sendings, type Recipient, type Sending } from './announcing.ts'
import { choicesOf, choose, type VaultChoice } from './choices.ts'
import { handOutDigest } from './digest.ts'
import { tellEndings } from './endings.ts'
import { gather, untoldVaults } from './gathering.ts'
import { memberOf } from './people.ts'
import { warnOwners } from './quota.ts'
import type { Choice, House } from './rows.ts'
import { tell } from './telling.ts'
import { write } from './writing.ts'

export { LONGEST_SENTENCE, maySendAgain, type Recipient, type Sending } from './announcing.ts'
export type { VaultChoice } from './choices.ts'
export { fullness, WARN_AT } from './quota.ts'
export { CHOICES, type Choice } from './rows.ts'

export interface NotificationsOptions {
  db: Database
  post: Post
  vaults: Vaults
  /** Base of addresses in letters. */
  appUrl: string
  timeZone: string
  /** For people who have not chosen a language. */
  locale: 'de' | 'en'
  now?: () => Date
  /** Wakes the job `notify` up, once a row is committed. */
  wake?: (id: string) => void
}

/** Rows and vaults in one sweep at most: the next one comes soon. */
const SWEEP_SIZE = 500

export class Notifications {
  readonly #house: House

  constructor({ now = () => new Date(), wake = () => {}, ...options }: NotificationsOptions) {
    this.#house = { ...options, now, wake: (id) => wake(String(id)) }
  }

  /** Who gets a mail when the viewer announces now, and who does not, and why. */
  preview(access: Access): Promise<Recipient[]> {
    return preview(this.#house, access)
  }

  /**
   * Tells all other members who want it.
   *
   * @param sentence the sender's own words, or nothing
   * @throws Refused `E_THROTTLED` {seconds}, `E_NOBODY`, `E_SENTENCE` {longest}, `E_ROLE`
   */
  announce(access: Access, sentence: string): Promise<{ id: number; recipients: number }> {
    return announce(this.#house, access, sentence)
  }

  /** What was announced in a vault, newest first, with what has become of each mail. A contributor sees his own. */
  sendings(access: Access, limit: number): Promise<Sending[]> {
    return sendings(this.#house, access, { limit })
  }

  /** Has one recipient told again whose mail failed. @throws NotFound `E_NO_NOTIFICATION`; Refused `E_NOT_FAILED`, `E_ROLE` */
  again(access: Access, id: number): Promise<void> {
    return again(this.#house, access, id)
  }

  /** When somebody wants to be told, for each of his vaults. */
  choicesOf(userId: number): Promise<VaultChoice[]> {
    return choicesOf(this.#house, userId)
  }

  /** The viewer's choice in this vault; nothing where he is no member, as in the vault of his mailbox. */
  async choiceOf({ vault, viewer }: Access): Promise<Choice | null> {
    return (await memberOf(this.#house.db, vault.id, viewer.id))?.choice ?? null
  }

  /** @throws NotFound `E_NO_MEMBERSHIP` */
  choose(userId: number, vaultNumber: number, choice: Choice): Promise<void> {
    return choose(this.#house, userId, vaultNumber, choice)
  }

  /** Hears of what happened in a vault, inside the transaction in which it did. */
  async heard(trx: Trx, activities: Activity[]): Promise<void> {
    for (const activity of activities) await tell(this.#house, trx, activity)
  }

  /** The job `notify`: writes one mail. */
  write(id: string): Promise<void> {
    return write(this.#house, Number(id))
  }

  /**
   * What has come due: mails that nobody wrote, news that have come to rest, the day's digest, vaults that fill up,
   * memberships that end.
   */
  async sweep(): Promise<void> {
    const { db, now, wake } = this.#house
    for (const vault of await untoldVaults(db, now(), SWEEP_SIZE)) await gather(this.#house, vault)
    await handOutDigest(this.#house)
    await warnOwners(this.#house, SWEEP_SIZE)
    await tellEndings(this.#house, SWEEP_SIZE)
    const due: { id: number }[] = await db
      .from('notifications')
      .where('state', 'queued')
      .where(dueBy('next_at', now().getTime()))
      .orderBy('next_at')
      .limit(SWEEP_SIZE)
      .select('id')
    for (const { id } of due) wake(id)
  }
}
