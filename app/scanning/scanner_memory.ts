import type { Database } from '@adonisjs/lucid/database'
import { transaction } from '#transaction'

const KEY = 'scanner'

/** Which scanner answered last, in table `settings`: so that one that goes missing is missed. */
export class ScannerMemory {
  readonly #db: Database
  readonly #now: () => Date
  #known: string | undefined

  constructor(db: Database, now: () => Date) {
    this.#db = db
    this.#now = now
  }

  /** The URL under which a scanner answered before. */
  async recall(): Promise<string | undefined> {
    const row = await this.#db.from('settings').where('key', KEY).first()
    return row ? (JSON.parse(row.value) as { url: string }).url : undefined
  }

  async remember(url: string): Promise<void> {
    if (this.#known === url) return
    if ((await this.recall()) !== url) await this.#write(url)
    this.#known = url
  }

  #write(url: string): Promise<void> {
    const value = JSON.stringify({ url, since: this.#now().toISOString() })
    return transaction(this.#db, async (trx) => {
      const updated: unknown = await trx.from('settings').where('key', KEY).update({ value })
      if (Number(updated) > 0 || Number((updated as unknown[])[0]) > 0) return
      await trx.insertQuery().table('settings').insert({ key: KEY, value })
    })
  }
}
