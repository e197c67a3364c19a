import type { Database } from '@adonisjs/lucid/database'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { Refused, TransientError } from '#errors'
import { statement } from '#transaction'

/** A holder that shows no sign of life for so long has lost its lock, in milliseconds. */
const LEASE = 12_000
const RENEWED_EVERY = 2000
/** How often one that waits looks, and how long it does. */
const LOOKED_EVERY = 150
const PATIENCE = 20_000

/**
 * One writer per upload, in all processes over one database: rows with a lease. Whoever finds a lock held asks its holder to let
 * go, who mostly is a request whose connection died without a word.
 */
export class UploadLocks {
  #db: Database
  /** Those held in this process, which are asked without a detour. */
  #held = new Map<string, UploadLock>()

  constructor(db: Database) {
    this.#db = db
  }

  of(id: string): UploadLock {
    return new UploadLock(this.#db, this.#held, id)
  }

  /** For a process that knows that it is the only one: locks of the one before it are void. */
  async releaseAll(): Promise<void> {
    await statement(() => this.#db.from('upload_locks').delete())
  }
}

export class UploadLock {
  #db: Database
  #held: Map<string, UploadLock>
  #id: string
  #holder = randomUUID()
  #until = 0
  #letGo: () => void = () => {}
  #renewing: NodeJS.Timeout | undefined

  constructor(db: Database, held: Map<string, UploadLock>, id: string) {
    this.#db = db
    this.#held = held
    this.#id = id
  }

  /**
   * @param letGo is called when somebody else wants the lock, or when it was lost
   * @throws TransientError `E_UPLOAD_BUSY` when its holder does not let go
   */
  async lock(signal: AbortSignal, letGo: () => unknown): Promise<void> {
    this.#letGo = () => void letGo()
    const deadline = Date.now() + PATIENCE
    while (!(await this.#take())) {
      if (signal.aborted || Date.now() > deadline) {
        throw new TransientError('E_UPLOAD_BUSY', `Upload ${this.#id} is being written to`)
      }
      const holder = this.#held.get(this.#id)
      if (holder) holder.#letGo()
      await this.#ask()
      await pause(LOOKED_EVERY)
    }
    this.#held.set(this.#id, this)
    this.#renewing = setInterval(() => void this.#renew(), RENEWED_EVERY)
    this.#renewing.unref()
  }

  async unlock(): Promise<void> {
    clearInterval(this.#renewing)
    if (this.#held.get(this.#id) === this) this.#held.delete(this.#id)
    this.#until = 0
    const own = { id: this.#id, holder: this.#holder }
    // One that cannot be given back runs out.
    await statement(() => this.#db.from('upload_locks').where(own).delete()).catch(() => {})
  }

  /** @throws Refused `E_UPLOAD_LOST` when the lock may be somebody else's by now */
  assertHeld(): void {
    if (Date.now() < this.#until) return
    throw new Refused('E_UPLOAD_LOST', `The lock on upload ${this.#id} was lost`)
  }

  async #take(): Promise<boolean> {
    const now = Date.now()
    const lock = { holder: this.#holder, until: now + LEASE, wanted: false }
    const inserted = await statement(() =>
      this.#db
        .knexQuery()
        .table('upload_locks')
        .insert({ id: this.#id, ...lock })
        .onConflict('id')
        .merge()
        .where('upload_locks.until', '<', now)
        .returning('holder')
    )
    const rows = inserted as unknown as { holder: string }[]
    const taken = rows.some(({ holder }) => holder === this.#holder)
    if (taken) this.#until = lock.until
    return taken
  }

  async #ask(): Promise<void> {
    const row = this.#db.from('upload_locks').where({ id: this.#id, wanted: false })
    await statement(() => row.update({ wanted: true }))
  }

  async #renew(): Promise<void> {
    const until = Date.now() + LEASE
    const own = { id: this.#id, holder: this.#holder }
    try {
      const renewed: unknown = await statement(() =>
        this.#db.from('upload_locks').where(own).update({ until })
      )
      const row: { wanted: boolean | number } | null = await this.#db
        .from('upload_locks')
        .where(own)
        .first()
      const kept = Number([renewed].flat()[0]) > 0 && row
      if (kept && this.#until > 0) this.#until = until
      if (!kept || row.wanted) this.#letGo()
    } catch {
      // It runs out, unless the next turn succeeds.
    }
  }
}
