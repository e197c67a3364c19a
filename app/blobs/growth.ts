import { PermanentError } from '#errors'
import type { BlobGrowth } from './driver.ts'
import { giveBack } from './give_back.ts'
import { SEGMENT_SIZE, sealSegment } from './segments.ts'
import type { SegmentTable } from './segment_table.ts'

/** What came is made durable and noted at least this often, in bytes: a crash costs no more of a long request. */
const NOTED_EVERY = 64 * SEGMENT_SIZE

/** A segment below this, in bytes, is a short one. */
const SHORT = 64 * 1024

/** Each segment costs a decryption when it is read, and a run of equal ones a few characters in the row. */
const MOST_SHORT = 2000
const MOST_RUNS = 8000

const FIRST_BUFFER = 64 * 1024

export interface Grown {
  id: string
  key: Uint8Array
  /** Plain text in bytes, once it is complete. */
  length: number
  /** So far. */
  size: number
  table: SegmentTable
}

/** @throws PermanentError `E_TOO_FRAGMENTED` for a blob that came in so many short pieces that it takes no other */
export function refuseFragments(id: string, table: SegmentTable): void {
  if (table.shorterThan(SHORT) < MOST_SHORT && table.runs < MOST_RUNS) return
  throw new PermanentError('E_TOO_FRAGMENTED', `Blob ${id} came in too many pieces`)
}

/** What a request must fulfil, see `GrowingBlobs.append`. */
export interface Demands {
  guard?: () => void
  verify?: () => void
}

/** Notes that a blob of `from` bytes has grown; only called when its bytes are durable. */
type Save = (from: number, to: { size: number; segments: string }) => Promise<void>

/**
 * One request's part of a growing blob. While a segment is sealed and written the next one fills, and what is complete
 * becomes durable behind; so two segments of plain text are in memory, and one sealed.
 */
export class Growth {
  #file: BlobGrowth
  #blob: Grown
  #save: Save
  #buffer: Uint8Array = new Uint8Array(FIRST_BUFFER)
  #spare: Uint8Array = new Uint8Array(0)
  #length = 0
  /** Plain bytes that are sealed, and those that are noted. */
  #sealed: number
  #noted: number
  #sealing: Promise<void> = Promise.resolve()
  #noting: Promise<void> = Promise.resolve()
  #isNoting = false
  #notesMeanwhile = true

  constructor(file: BlobGrowth, blob: Grown, save: Save) {
    this.#file = file
    this.#blob = blob
    this.#save = save
    this.#sealed = blob.size
    this.#noted = blob.size
  }

  /** Takes all that `source` gives, and returns the size of the blob when it is durable. @throws as `GrowingBlobs.append` */
  async take(source: AsyncIterable<Uint8Array>, demands: Demands): Promise<number> {
    const { length, size } = this.#blob
    const { guard = () => {}, verify } = demands
    const came = { bytes: size }
    this.#notesMeanwhile = !verify
    const broken = await this.#fill(source, came, guard)
    await this.#sealing
    if (verify) {
      if (broken) throw broken instanceof GuardError ? broken.cause : broken
      verify()
    }
    // The guard's word holds for the rest too: what was not sealed yet is not worth a race with the next one.
    if (!(broken instanceof GuardError)) await this.#seal(this.#swap(), came.bytes === length)
    await this.#noting
    await this.#note()
    if (broken) throw broken instanceof GuardError ? broken.cause : broken
    return this.#noted
  }

  /** Reads the source to its end; an error of the source is returned, so that what came before it is kept. */
  async #fill(
    source: AsyncIterable<Uint8Array>,
    came: { bytes: number },
    guard: () => void
  ): Promise<Error | undefined> {
    const { length, id } = this.#blob
    const chunks = source[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await chunks.next().catch((error: unknown) => new SourceError(error))
        if (next instanceof SourceError) return next.cause as Error
        if (next.done) return undefined
        const room = length - came.bytes
        await this.#add(next.value.subarray(0, room), came, guard)
        if (next.value.length > room) {
          return new PermanentError('E_TOO_LARGE', `More than the ${length} bytes of blob ${id}`)
        }
      }
    } catch (error) {
      if (error instanceof GuardError) return error
      throw error
    } finally {
      await chunks.return?.().catch(() => {})
      // Its failure is the caller's, who waits for it; nobody else must take it for one that nobody waits for.
      this.#sealing.catch(() => {})
      this.#noting.catch(() => {})
    }
  }

  async #add(chunk: Uint8Array, came: { bytes: number }, guard: () => void): Promise<void> {
    for (let done = 0; done < chunk.length;) {
      if (this.#length === SEGMENT_SIZE) await this.#flush(guard)
      const part = chunk.subarray(done, done + SEGMENT_SIZE - this.#length)
      this.#fit(this.#length + part.length)
      this.#buffer.set(part, this.#length)
      this.#length += part.length
      done += part.length
      came.bytes += part.length
    }
  }

  /** Begins to seal a full segment, once the one before is written. It is not the last: another byte is there. */
  async #flush(guard: () => void): Promise<void> {
    await this.#sealing
    try {
      guard()
    } catch (cause) {
      throw new GuardError(cause)
    }
    const isDue = this.#notesMeanwhile && this.#sealed - this.#noted >= NOTED_EVERY
    if (isDue && !this.#isNoting) {
      this.#noting = this.#note()
      this.#noting.catch(() => {})
    }
    this.#sealing = this.#seal(this.#swap(), false)
    this.#sealing.catch(() => {})
  }

  #swap(): Uint8Array {
    const full = this.#buffer.subarray(0, this.#length)
    ;[this.#buffer, this.#spare] = [this.#spare, this.#buffer]
    this.#length = 0
    return full
  }

  async #seal(plain: Uint8Array, last: boolean): Promise<void> {
    const { id, key, length, table } = this.#blob
    const isEmptyBlob = length === 0 && table.count === 0
    if (plain.length === 0 && !isEmptyBlob) return
    const place = { blob: id, index: table.count, last }
    const sealed = await sealSegment(key, place, plain)
    await this.#file.append(sealed)
    table.append(sealed.length, plain.length)
    this.#sealed += plain.length
    giveBack(sealed)
  }

  async #note(): Promise<void> {
    const [size, segments] = [this.#sealed, this.#blob.table.toString()]
    this.#isNoting = true
    try {
      await this.#file.sync()
      await this.#save(this.#noted, { size, segments })
      this.#noted = size
    } finally {
      this.#isNoting = false
    }
  }

  #fit(length: number): void {
    if (length <= this.#buffer.length) return
    const wanted = Math.min(SEGMENT_SIZE, Math.max(length, this.#buffer.length * 2, FIRST_BUFFER))
    const larger = new Uint8Array(wanted)
    larger.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = larger
  }
}

class SourceError {
  constructor(readonly cause: unknown) {}
}

/** The caller must not write any more. */
class GuardError extends Error {
  constructor(cause: unknown) {
    super('', { cause })
  }
}
