import type { Post } from '#post'
import type { Trx } from '#transaction'
import { accountLetter, type Occasion } from './owner_letters.ts'
import { ACCOUNT_COLUMNS, accountFromRow, type AccountRow, type Language } from './people.ts'
import type { Visit } from './sessions.ts'

export interface OwnerNoticesOptions {
  post: Post
  appUrl: string
  /** IANA name, of the times in letters. */
  timeZone: string
  /** For people who have not chosen a language. */
  language: Language
  now?: () => Date
}

/** Tells the owner of an account by mail what happened to it: who has taken it over cannot do so unseen. */
export class OwnerNotices {
  readonly #options: OwnerNoticesOptions
  readonly #now: () => Date

  constructor(options: OwnerNoticesOptions) {
    this.#options = options
    this.#now = options.now ?? (() => new Date())
  }

  get appUrl(): string {
    return this.#options.appUrl
  }

  /** Posts the letter in the caller's transaction. @param visit nothing where somebody else did it */
  async tell(trx: Trx, accountId: number, occasion: Occasion, visit: Visit | null): Promise<void> {
    const row: AccountRow = await trx
      .from('users')
      .where('id', accountId)
      .select(...ACCOUNT_COLUMNS)
      .firstOrFail()
    const account = accountFromRow(row)
    const locale = account.locale ?? this.#options.language
    const letter = accountLetter(locale, occasion, {
      name: account.fullName,
      at: this.#now(),
      visit,
      appUrl: this.#options.appUrl,
      timeZone: this.#options.timeZone,
    })
    await this.#options.post.post(trx, {
      kind: occasion.what,
      to: account.email,
      locale,
      ...letter,
    })
  }
}
