import type { Database } from '@adonisjs/lucid/database'
import { randomBytes, randomUUID } from 'node:crypto'
import { IntegrityError } from '#errors'
import type { Trx } from '#transaction'
import type { StorageKeys } from './storage_keys.ts'

/** Opened epoch keys kept in memory: a year of one process's, or a month of a dozen processes'. */
const KEPT = 366

/** A key for one day and process, under which session keys are wrapped. */
export interface Epoch {
  id: string
  /** UTC day for which it is used, such as `2026-07-01`. */
  day: string
  key: Uint8Array
  /** The key as an armored OpenPGP message. */
  sealed: string
  /** Fingerprint of the storage key it is sealed to. */
  publicKey: string
  /** Milliseconds since the epoch, UTC. */
  createdAt: number
}

/**
 * Epoch keys exist because a public-key operation per blob would cost more than all else in writing a small mail, and so
 * that a process that writes all day needs no private key.
 */
export class EpochKeys {
  #db: Database
  #keys: StorageKeys
  #now: () => Date
  #current: Promise<Epoch> | null = null
  #day = ''
  /** The epoch that is known to be in the table. */
  #recorded = ''
  #opened = new Map<string, Uint8Array>()

  constructor(options: { db: Database; keys: StorageKeys; now: () => Date }) {
    this.#db = options.db
    this.#keys = options.keys
    this.#now = options.now
  }

  /** Today's key of this process, made when the day begins. */
  current(): Promise<Epoch> {
    const day = this.#now().toISOString().slice(0, 10)
    if (this.#current && this.#day === day) return this.#current
    const made = this.#make(day)
    this.#current = made
    this.#day = day
    made.catch(() => {
      if (this.#current === made) this.#current = null
    })
    return made
  }

  /** Writes the sealed key, unless an earlier transaction did. */
  async record(trx: Trx, epoch: Epoch): Promise<void> {
    if (this.#recorded === epoch.id) return
    trx.after('commit', () => void (this.#recorded = epoch.id))
    await trx
      .insertQuery()
      .table('epoch_keys')
      .insert({
        id: epoch.id,
        public_key: epoch.publicKey,
        sealed: epoch.sealed,
        created_at: epoch.createdAt,
      })
      .onConflict('id')
      .ignore()
  }

  /** The key of a recorded epoch. @throws IntegrityError when its row is missing or was changed */
  async key(id: string): Promise<Uint8Array> {
    const known = this.#opened.get(id)
    if (known) return known
    const row = await this.#db.from('epoch_keys').where('id', id).select('sealed').first()
    if (!row) throw new IntegrityError('E_EPOCH_KEY_MISSING', `Epoch key ${id} is missing`)
    const key = await this.#keys.open(nameOf(id), row.sealed)
    this.#remember(id, key)
    return key
  }

  async #make(day: string): Promise<Epoch> {
    const id = randomUUID()
    const key = new Uint8Array(randomBytes(32))
    const sealed = await this.#keys.seal(nameOf(id), key)
    this.#remember(id, key)
    const createdAt = this.#now().getTime()
    return { id, day, key, sealed, publicKey: this.#keys.fingerprint, createdAt }
  }

  #remember(id: string, key: Uint8Array): void {
    const oldest = this.#opened.keys().next()
    if (this.#opened.size >= KEPT && !oldest.done) this.#opened.delete(oldest.value)
    this.#opened.set(id, key)
  }
}

function nameOf(id: string): string {
  return `epoch:${id}`
}
