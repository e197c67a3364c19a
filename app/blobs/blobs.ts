import type { Database } from '@adonisjs/lucid/database'
import { Readable } from 'node:stream'
import { IntegrityError, NotFound, PermanentError } from '#errors'
import { insert } from '#prepared'
import { commitUnknown, type Trx } from '#transaction'
import { BytesInRow } from './bytes_in_row.ts'
import type { BlobBytes, BlobDriver, StoredKey } from './driver.ts'
import { DigestedReading } from './digested_reading.ts'
import { EpochKeys } from './epoch_keys.ts'
import { giveBackWhole } from './give_back.ts'
import { GrowingBlobs, type GrownBlob } from './growing.ts'
import { unwrapKey, wrapKey } from './key_wrap.ts'
import { assertConsistent, readSegments, type BlobRange, type SealedBlob } from './reading.ts'
import { SegmentTable } from './segment_table.ts'
import { SEGMENT_SIZE } from './segments.ts'
import { shredKey } from './shredding.ts'
import type { StorageKeys } from './storage_keys.ts'
import { sealBytes, type SealedBytes, type WrittenBlob } from './writing.ts'

/** Keys asked for in one query while sweeping. */
const SWEEP_BATCH = 500

export interface BlobStat {
  id: string
  /** Plain text in bytes. */
  size: number
  /** Of the plain text, hex; null while it came in pieces and was not read yet. */
  sha256: string | null
  /** Of the plain text, unsigned; null as `sha256`. */
  crc32: number | null
  createdAt: Date
}

/** What is taken of the plain text where it is read whole. */
export interface Digests {
  /** Hex. */
  sha256: string
  /** Unsigned; as ZIP has it. */
  crc32: number
}

interface BlobRow {
  id: string
  size: number
  sha256: string | null
  crc32: number | null
  segment_size: number
  segments: string
  created_at: number
  shredded_at: number | null
}

export class Blobs {
  #db: Database
  #driver: BlobDriver
  #keys: StorageKeys
  #epochs: EpochKeys
  #now: () => Date
  /** Blobs that come in pieces. */
  readonly growing: GrowingBlobs

  constructor(options: { db: Database; driver: BlobDriver; keys: StorageKeys; now?: () => Date }) {
    this.#db = options.db
    this.#driver = options.driver
    this.#now = options.now ?? (() => new Date())
    this.#keys = options.keys
    this.#epochs = new EpochKeys({ db: options.db, keys: options.keys, now: this.#now })
    this.growing = new GrowingBlobs({
      db: options.db,
      driver: options.driver,
      epochs: this.#epochs,
      now: this.#now,
    })
  }

  /** Whether this process has the key to read with; without it blobs can be written, and nothing else. */
  get readable(): boolean {
    return this.#keys.canOpen
  }

  /**
   * Writes the bytes of `source`, encrypted, to disk; durable on return, but for small ones that go into a row. No row names them
   * until `record` commits.
   *
   * An error of the source is passed on; whatever fails, nothing is left behind.
   *
   * @param options.maxSize in bytes
   * @param options.inRow where it is small its bytes go into the row that `record` writes, and are durable with that
   * @throws PermanentError `E_TOO_LARGE` as soon as more than `maxSize` bytes came; TransientError `E_DISK_FULL`
   */
  async write(
    source: AsyncIterable<Uint8Array>,
    options: { maxSize?: number; inRow?: boolean } = {}
  ): Promise<WrittenBlob> {
    const { maxSize = Number.MAX_SAFE_INTEGER, inRow } = options
    const bytes = await sealBytes(this.#driver, source, { maxSize, inRow })
    return this.adopt(bytes)
  }

  /** What `sealBytes` wrote to this store, maybe in another thread, as if written here. Whatever fails, nothing is left behind. */
  async adopt({ key, segments, bytes, ...blob }: SealedBytes): Promise<WrittenBlob> {
    try {
      const epoch = await this.#epochs.current()
      const wrappedKey = wrapKey(epoch.key, key)
      const createdAt = this.#now().getTime()
      const sealed = { segments, segmentSize: SEGMENT_SIZE, wrappedKey, epoch, createdAt, bytes }
      return { ...blob, sealed }
    } catch (error) {
      if (!bytes) await this.#driver.remove(blob.id).catch(() => {})
      throw error
    }
  }

  /** Makes written blobs part of the caller's transaction: with its commit they exist. */
  async record(trx: Trx, ...blobs: (WrittenBlob | GrownBlob)[]): Promise<void> {
    for (const blob of blobs) if (!('sealed' in blob)) await this.growing.record(trx, blob)
    const written = blobs.filter((blob) => 'sealed' in blob)
    for (const epoch of new Set(written.map(({ sealed }) => sealed.epoch))) {
      await this.#epochs.record(trx, epoch)
    }
    await insert(
      trx,
      'blobs',
      written.map(({ sealed, ...blob }) => ({
        id: blob.id,
        size: blob.size,
        sha256: blob.sha256,
        crc32: blob.crc32,
        segment_size: sealed.segmentSize,
        segments: sealed.segments,
        created_at: sealed.createdAt,
      }))
    )
    await insert(
      trx,
      'blob_keys',
      written.map(({ id, sealed }) => ({
        blob: id,
        epoch: sealed.epoch.id,
        wrapped: sealed.wrappedKey,
      }))
    )
    await insert(
      trx,
      'small_blobs',
      written.flatMap(({ id, sealed: { bytes } }) => (bytes ? [{ blob: id, bytes }] : []))
    )
  }

  /**
   * Runs `work`, whose transaction records `written`, and removes the bytes when it fails. Where the commit may have taken
   * place all the same they stay: a row without bytes is a loss, bytes without a row are the sweep's.
   *
   * @throws what `work` throws
   */
  async recording<T>(written: WrittenBlob, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!commitUnknown(error)) await this.discard(written).catch(() => {})
      throw error
    }
  }

  /** Removes a written blob that will not be recorded. One that is recorded stays. */
  async discard(written: WrittenBlob): Promise<void> {
    if (written.sealed.bytes) return
    const row = await this.#db.from('blobs').where('id', written.id).select('id').first()
    if (!row) await this.#driver.remove(written.id)
  }

  /** SHA-256 (hex) of several blobs by id, as their rows say; ids without a row, or without a digest yet, are missing. */
  async digests(ids: string[]): Promise<Map<string, string>> {
    const rows: { id: string; sha256: string }[] = await this.#db
      .from('blobs')
      .select('id', 'sha256')
      .whereIn('id', ids)
      .whereNotNull('sha256')
    return new Map(rows.map(({ id, sha256 }) => [id, sha256]))
  }

  /**
   * A blob to be read whole and once, of which the digests are known afterwards: see `DigestedReading`.
   *
   * @throws as `read`
   */
  digesting(id: string): DigestedReading {
    return new DigestedReading((start) => this.read(id, { start }))
  }

  /** Notes the digests of a blob that came in pieces, once, in the caller's transaction. */
  async recordDigests(trx: Trx, id: string, { sha256, crc32: checksum }: Digests): Promise<void> {
    await trx.from('blobs').where('id', id).whereNull('sha256').update({ sha256, crc32: checksum })
  }

  /** What is known about a blob, shredded ones included. @throws NotFound `E_NO_BLOB` */
  async stat(id: string): Promise<BlobStat> {
    const row = await this.#row(id)
    const { size, sha256, crc32: checksum } = row
    return { id, size, sha256, crc32: checksum, createdAt: new Date(row.created_at) }
  }

  /**
   * Streams the plain text, whole or a range of it, in pieces of up to 1 MiB. Nothing happens before the first read, and
   * destroying the stream frees all it holds. Each piece is authenticated before it is handed out.
   *
   * @throws PermanentError `E_RANGE` at once, for a range that is none. The stream fails with NotFound `E_NO_BLOB`,
   *   NotFound `E_SHREDDED`, or IntegrityError for bytes or keys that are missing, changed or in another's place
   */
  read(id: string, range: BlobRange = { start: 0 }): Readable {
    assertRange(range)
    return Readable.from(this.#plain(id, range), { objectMode: false, highWaterMark: SEGMENT_SIZE })
  }

  /**
   * As `read`, for who looks at each piece and keeps nothing of it: a piece is the reader's until he asks for the next one or leaves, and
   * its memory is given back then. Nothing is read ahead.
   */
  lend(id: string, range: BlobRange = { start: 0 }): AsyncIterable<Buffer> {
    assertRange(range)
    return lending(this.#plain(id, range))
  }

  /**
   * Destroys the key of a blob, then its bytes where they can be reached. May be repeated.
   *
   * @throws NotFound `E_NO_BLOB`; TransientError `E_SHRED_UNFINISHED` or `E_DATABASE_BUSY`: shred again
   */
  async shred(id: string): Promise<void> {
    await shredKey(this.#db, id, this.#now())
    // Without their key the bytes say nothing; what cannot be removed now, the sweep removes.
    await this.#driver.remove(id).catch(() => {})
  }

  /**
   * Reads a blob again, whole, and compares it with its row. While that has no digests, each segment in its place is all
   * there is to compare.
   *
   * @throws IntegrityError where they differ, and as `read` does
   */
  async verify(id: string): Promise<void> {
    const stat = await this.stat(id)
    const found = await this.digesting(id).finish()
    if (stat.sha256 === null) return
    if (found.sha256 !== stat.sha256 || found.crc32 !== stat.crc32) {
      throw new IntegrityError('E_BLOB_DIGEST', `Blob ${id} does not have the digest in its row`)
    }
  }

  /**
   * Removes bytes that no row names (remains of a crash), and bytes of shredded blobs; returns how many it removed.
   *
   * @param olderThan last write before this; must lie further back than any write whose transaction may still commit
   */
  async sweep(olderThan: Date): Promise<number> {
    let removed = 0
    let batch: StoredKey[] = []
    for await (const stored of this.#driver.list()) {
      if (stored.modifiedAt < olderThan) batch.push(stored)
      if (batch.length < SWEEP_BATCH) continue
      removed += await this.#removeUnnamed(batch)
      batch = []
    }
    return removed + (await this.#removeUnnamed(batch))
  }

  /** Ids of blobs that should be readable, in order of id, `limit` at most, from behind `after`. */
  async ids(options: { after?: string; limit: number }): Promise<string[]> {
    const rows: { id: string }[] = await this.#db
      .from('blobs')
      .whereNull('shredded_at')
      .where('id', '>', options.after ?? '')
      .orderBy('id')
      .limit(options.limit)
      .select('id')
    return rows.map((row) => row.id)
  }

  async *#plain(id: string, range: BlobRange): AsyncGenerator<Buffer> {
    const blob = await this.#unlock(await this.#row(id))
    const bytes = (await this.#driver.open(id)) ?? (await this.#small(id))
    if (!bytes) {
      // Shredded in between, or lost?
      assertNotShredded(await this.#row(id))
      throw new IntegrityError('E_BLOB_MISSING', `The bytes of blob ${id} are missing`)
    }
    try {
      yield* readSegments(blob, bytes, range)
    } finally {
      await bytes.close()
    }
  }

  async #small(id: string): Promise<BlobBytes | null> {
    const row: { bytes: Uint8Array } | null = await this.#db
      .from('small_blobs')
      .where('blob', id)
      .first()
    return row && new BytesInRow(row.bytes)
  }

  async #row(id: string): Promise<BlobRow> {
    const row: BlobRow | null = await this.#db.from('blobs').where('id', id).first()
    if (!row) throw new NotFound('E_NO_BLOB', `There is no blob ${id}`)
    return row
  }

  async #unlock(row: BlobRow): Promise<SealedBlob> {
    assertNotShredded(row)
    const sealed = {
      id: row.id,
      size: row.size,
      segmentSize: row.segment_size,
      table: SegmentTable.parse(row.segments),
    }
    assertConsistent(sealed)
    const stored = await this.#db.from('blob_keys').where('blob', row.id).first()
    if (!stored) {
      assertNotShredded(await this.#row(row.id))
      throw new IntegrityError('E_BLOB_KEY_MISSING', `The key of blob ${row.id} is missing`)
    }
    return { ...sealed, key: unwrapKey(await this.#epochs.key(stored.epoch), stored.wrapped) }
  }

  async #removeUnnamed(batch: StoredKey[]): Promise<number> {
    if (batch.length === 0) return 0
    const keys = batch.map((stored) => stored.key)
    const live = this.#db.from('blobs').whereIn('id', keys).whereNull('shredded_at').select('id')
    const growing = this.#db.from('growing_blobs').whereIn('id', keys).select('id')
    // In this order: a blob that is recorded in between leaves the one table for the other.
    const rows = [...((await growing) as { id: string }[]), ...((await live) as { id: string }[])]
    const named = new Set(rows.map((row) => row.id))
    let removed = 0
    for (const stored of batch) {
      if (!named.has(stored.key) && (await stored.remove())) removed++
    }
    return removed
  }
}

function assertNotShredded(row: BlobRow): void {
  if (row.shredded_at !== null) throw new NotFound('E_SHREDDED', `Blob ${row.id} was shredded`)
}

function assertRange({ start, end = start }: BlobRange): void {
  if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end)) {
    throw new PermanentError('E_RANGE', `${start} to ${end} is not a range of bytes`)
  }
}

async function* lending(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    try {
      yield piece
    } finally {
      giveBackWhole(piece)
    }
  }
}
