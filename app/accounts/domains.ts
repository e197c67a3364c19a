import type { Database } from '@adonisjs/lucid/database'
import type { Trx } from '#transaction'

/** How long a list stays good, in milliseconds: another process may add a domain. */
const FRESH = 5_000

/** The firm's mail domains: what counts as inside. The table is the truth, read at most every five seconds. */
export class Domains {
  readonly #db: Database
  readonly #now: () => Date
  #list: string[] = []
  #readAt = Number.NEGATIVE_INFINITY

  constructor(db: Database, now: () => Date) {
    this.#db = db
    this.#now = now
  }

  /** In the order in which they were added. */
  async list(): Promise<string[]> {
    const at = this.#now().getTime()
    if (Math.abs(at - this.#readAt) > FRESH) {
      const rows: { name: string }[] = await this.#db
        .from('domains')
        .select('name')
        .orderBy([{ column: 'added_at' }, { column: 'name' }])
      this.#list = rows.map((row) => row.name)
      this.#readAt = at
    }
    return this.#list
  }

  /** Call after a change is committed. */
  forget() {
    this.#readAt = Number.NEGATIVE_INFINITY
  }

  /** @returns whether it was new */
  async insert(trx: Trx, name: string): Promise<boolean> {
    if (await trx.from('domains').where('name', name).first()) return false
    await trx.insertQuery().table('domains').insert({ name, added_at: this.#now().getTime() })
    return true
  }
}
