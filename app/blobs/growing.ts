import type { Database } from '@adonisjs/lucid/database'
import { randomBytes, randomUUIDv7 } from 'node:crypto'
import { IntegrityError, NotFound, PermanentError, Refused } from '#errors'
import { statement, transaction, type Trx } from '#transaction'
import type { BlobDriver } from './driver.ts'
import type { Epoch, EpochKeys } from './epoch_keys.ts'
import { Growth, refuseFragments, type Demands } from './growth.ts'
import { unwrapKey, wrapKey } from './key_wrap.ts'
import { SegmentTable } from './segment_table.ts'
import { SEGMENT_SIZE } from './segments.ts'

/** A blob of which nothing is there yet: `begin` makes its row. */
export interface PlannedBlob {
  id: string
  /** Plain text in bytes, once it is complete. */
  length: number
  epoch: Epoch
  wrapped: string
}

/** A blob that has grown to its length. Its digests are not known before it is read. */
export interface GrownBlob {
  id: string
  /** Plain text in bytes. */
  size: number
  sha256: null
  crc32: null
}

interface GrowingRow {
  id: string
  length: number
  size: number
  segments: string
  epoch: string
  wrapped: string
  created_at: number
}

/**
 * Blobs that come in pieces, over several requests and restarts. How far one is stands in its row, and only after the bytes
 * were durable; what the file has beyond that is cut off when it goes on. No plain text waits anywhere: each piece ends in a
 * sealed segment, however short.
 */
export class GrowingBlobs {
  #db: Database
  #driver: BlobDriver
  #epochs: EpochKeys
  #now: () => Date

  constructor(options: { db: Database; driver: BlobDriver; epochs: EpochKeys; now: () => Date }) {
    this.#db = options.db
    this.#driver = options.driver
    this.#epochs = options.epochs
    this.#now = options.now
  }

  /** A new blob of `length` bytes with its key, as yet only in memory. */
  async plan(length: number): Promise<PlannedBlob> {
    const epoch = await this.#epochs.current()
    const key = new Uint8Array(randomBytes(32))
    return { id: randomUUIDv7(), length, epoch, wrapped: wrapKey(epoch.key, key) }
  }

  /** Makes the row of a planned blob in the caller's transaction. */
  async begin(trx: Trx, { id, length, epoch, wrapped }: PlannedBlob): Promise<void> {
    await this.#epochs.record(trx, epoch)
    const now = this.#now().getTime()
    await trx.insertQuery().table('growing_blobs').insert({
      id,
      length,
      size: 0,
      segments: '[]',
      epoch: epoch.id,
      wrapped,
      created_at: now,
      changed_at: now,
    })
  }

  /** How much of it is durable, in bytes. @throws NotFound `E_NO_BLOB` */
  async size(id: string): Promise<number> {
    return (await this.#row(id)).size
  }

  /**
   * Appends what `source` gives, and returns how much is durable then. Where the source fails, what came before stays, and
   * its error is thrown. One caller at a time.
   *
   * @param options.guard throws when the caller must not write any more; asked before each piece
   * @param options.verify throws when what came is not what should have come, and then nothing of it stays; asked at the end
   * @throws NotFound `E_NO_BLOB`; PermanentError `E_TOO_LARGE` when more came than announced, `E_TOO_FRAGMENTED` for too
   *   many short pieces; Refused `E_OVERTAKEN` where somebody else went on with it; IntegrityError `E_BLOB_MISSING`;
   *   TransientError `E_DISK_FULL`
   */
  async append(
    id: string,
    source: AsyncIterable<Uint8Array>,
    options: Demands = {}
  ): Promise<number> {
    const row = await this.#row(id)
    const table = SegmentTable.parse(row.segments)
    refuseFragments(id, table)
    const file = await this.#driver.grow(id, table.bytes)
    if (!file) throw missing(id)
    const { length, size } = row
    const key = unwrapKey(await this.#epochs.key(row.epoch), row.wrapped)
    const growth = new Growth(file, { id, key, length, size, table }, (from, to) =>
      this.#save(id, from, to)
    )
    try {
      return await growth.take(source, options)
    } finally {
      await file.close()
    }
  }

  /**
   * Makes the bytes of a blob that has its length readable as soon as its row is recorded (`Blobs.record`). May be repeated.
   *
   * @throws NotFound `E_NO_BLOB`; PermanentError `E_INCOMPLETE`; IntegrityError `E_BLOB_MISSING`
   */
  async finish(id: string): Promise<GrownBlob> {
    const { length } = await this.#row(id)
    // An empty blob has a segment too.
    if (length === 0) await this.append(id, nothing())
    const row = await this.#row(id)
    if (row.size !== length) {
      throw new PermanentError('E_INCOMPLETE', `Blob ${id} has ${row.size} of ${length} bytes`)
    }
    const file = await this.#driver.grow(id, SegmentTable.parse(row.segments).bytes)
    if (!file) throw missing(id)
    try {
      await file.commit()
    } finally {
      await file.close()
    }
    return { id, size: length, sha256: null, crc32: null }
  }

  /** Turns a finished blob into one like any other, in the caller's transaction. @throws NotFound `E_NO_BLOB` */
  async record(trx: Trx, { id, size }: GrownBlob): Promise<void> {
    const row: GrowingRow | null = await trx.from('growing_blobs').where({ id, size }).first()
    if (!row) throw new NotFound('E_NO_BLOB', `No blob ${id} grows`)
    await trx.insertQuery().table('blobs').insert({
      id,
      size,
      segment_size: SEGMENT_SIZE,
      segments: row.segments,
      created_at: row.created_at,
    })
    await trx.insertQuery().table('blob_keys').insert({
      blob: id,
      epoch: row.epoch,
      wrapped: row.wrapped,
    })
    await trx.from('growing_blobs').where('id', id).delete()
  }

  /** Gives one up: its key and its bytes go. One that was recorded, or is gone, stays as it is. */
  async abandon(id: string): Promise<void> {
    const grew = await transaction(this.#db, async (trx) => {
      if (trx.dialect.name !== 'postgres') await trx.rawQuery('PRAGMA secure_delete = ON')
      const row: unknown = await trx.from('growing_blobs').where('id', id).select('id').first()
      await trx.from('growing_blobs').where('id', id).delete()
      return Boolean(row)
    })
    // What cannot be removed now, the sweep removes.
    if (grew) await this.#driver.remove(id).catch(() => {})
  }

  async #row(id: string): Promise<GrowingRow> {
    const row: GrowingRow | null = await this.#db.from('growing_blobs').where('id', id).first()
    if (!row) throw new NotFound('E_NO_BLOB', `No blob ${id} grows`)
    return row
  }

  async #save(id: string, before: number, { size, segments }: { size: number; segments: string }) {
    const changed: unknown = await statement(() =>
      this.#db
        .from('growing_blobs')
        .where({ id, size: before })
        .update({ size, segments, changed_at: this.#now().getTime() })
    )
    if (Number([changed].flat()[0]) > 0) return
    throw new Refused('E_OVERTAKEN', `Somebody else went on with blob ${id}`)
  }
}

function missing(id: string): IntegrityError {
  return new IntegrityError('E_BLOB_MISSING', `Bytes of blob ${id} are missing`)
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
