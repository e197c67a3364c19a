import { createHash, randomUUIDv7 } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { PermanentError } from '#errors'
import { random32 } from '../randomness.ts'
import type { BlobDriver, BlobUpload } from './driver.ts'
import type { Epoch } from './epoch_keys.ts'
import { giveBack } from './give_back.ts'
import { SegmentTable } from './segment_table.ts'
import { SEGMENT_SIZE, sealSegment } from './segments.ts'

/** What is not longer may lie in a row: a page or a few of the database. Sealed bytes. */
const SMALL = 16 * 1024

/** A blob that is on disk, or small and on its way into a row, and that no row names yet. */
export interface WrittenBlob {
  id: string
  /** Plain text in bytes. */
  size: number
  /** Of the plain text, hex. */
  sha256: string
  /** Of the plain text, unsigned; as ZIP has it. */
  crc32: number
  /** What `record` writes beside. */
  sealed: {
    segments: string
    segmentSize: number
    wrappedKey: string
    epoch: Epoch
    /** Milliseconds since the epoch, UTC. */
    createdAt: number
    /** The sealed bytes, where they lie in a row and not on the disk. */
    bytes: Uint8Array | null
  }
}

/** A blob that is on disk, or small and to become part of a row, and whose key is not wrapped yet. It can be passed between threads. */
export interface SealedBytes extends Pick<WrittenBlob, 'id' | 'size' | 'sha256' | 'crc32'> {
  /** 32 bytes. */
  key: Uint8Array
  /** As `sealed` of a written blob. */
  segments: string
  bytes: Uint8Array<ArrayBuffer> | null
}

/**
 * Streams `source` to the driver under a new key. At most one segment of plain text and one sealed are in memory.
 *
 * @throws PermanentError `E_TOO_LARGE` as soon as more than `maxSize` bytes came; whatever the source or the driver throws
 */
export async function sealBytes(
  driver: BlobDriver,
  source: AsyncIterable<Uint8Array>,
  options: { maxSize: number; inRow?: boolean }
): Promise<SealedBytes> {
  const id = randomUUIDv7()
  const key = random32()
  const segments = new SegmentSink(driver.create(id), id, key, options.inRow ?? false)
  const sha256 = createHash('sha256')
  let checksum = 0
  let size = 0
  let bytes: Uint8Array<ArrayBuffer> | null
  try {
    for await (const chunk of source) {
      size += chunk.length
      if (size > options.maxSize) {
        throw new PermanentError('E_TOO_LARGE', `More than ${options.maxSize} bytes`)
      }
      sha256.update(chunk)
      checksum = crc32(chunk, checksum)
      await segments.add(chunk)
    }
    bytes = await segments.finish()
  } catch (error) {
    await segments.abort()
    throw error
  }
  return {
    id,
    size,
    sha256: sha256.digest('hex'),
    crc32: checksum,
    key,
    segments: segments.table.toString(),
    bytes,
  }
}

/** Cuts plain text into segments. A full one waits for the next byte, since only then it is known not to be the last. */
class SegmentSink {
  readonly table = new SegmentTable()
  #upload: BlobUpload
  #blob: string
  #key: Uint8Array
  #buffer = new Uint8Array()
  #length = 0
  #inRow: boolean

  constructor(upload: BlobUpload, blob: string, key: Uint8Array, inRow: boolean) {
    this.#upload = upload
    this.#blob = blob
    this.#key = key
    this.#inRow = inRow
  }

  async add(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.length;) {
      if (this.#length === SEGMENT_SIZE) await this.#append(this.#seal(false))
      const part = chunk.subarray(done, done + SEGMENT_SIZE - this.#length)
      this.#fit(this.#length + part.length)
      this.#buffer.set(part, this.#length)
      this.#length += part.length
      done += part.length
    }
  }

  /** @returns all sealed bytes, where they are for a row; else they are on the disk */
  async finish(): Promise<Uint8Array<ArrayBuffer> | null> {
    const sealed = this.#seal(true)
    if (this.#inRow && this.table.count === 1 && sealed.length <= SMALL) return sealed
    await this.#append(sealed)
    await this.#upload.commit()
    return null
  }

  async #append(sealed: Uint8Array): Promise<void> {
    await this.#upload.append(sealed)
    giveBack(sealed)
  }

  abort(): Promise<void> {
    return this.#upload.abort()
  }

  #seal(last: boolean): Uint8Array<ArrayBuffer> {
    const place = { blob: this.#blob, index: this.table.count, last }
    const sealed = sealSegment(this.#key, place, this.#buffer.subarray(0, this.#length))
    this.table.append(sealed.length)
    this.#length = 0
    return sealed
  }

  #fit(length: number): void {
    if (length <= this.#buffer.length) return
    const larger = new Uint8Array(Math.min(SEGMENT_SIZE, Math.max(length, this.#buffer.length * 2)))
    larger.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = larger
  }
}
