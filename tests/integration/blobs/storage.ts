import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { TestContext } from '@japa/runner/core'
import { Blobs, DiskDriver, StorageKeys, type BlobDriver, type WrittenBlob } from '#blobs'
import { transaction } from '#transaction'
import { freshDatabase } from '#tests/fresh_database'

export const MIB = 1024 * 1024

/** Blobs over a database, a folder and keys of their own, all gone after the test. */
export async function freshStorage(
  { cleanup }: Pick<TestContext, 'cleanup'>,
  wrap: (driver: BlobDriver) => BlobDriver = (driver) => driver
) {
  const folder = await temporaryFolder({ cleanup })
  const { db, place, close } = await freshDatabase()
  cleanup(close)
  const keysDir = join(folder, 'keys')
  const bytesDir = join(folder, 'blobs')
  const keys = await StorageKeys.load(keysDir)
  const driver = wrap(new DiskDriver(bytesDir))
  const blobs = new Blobs({ db, driver, keys })
  return {
    blobs,
    db,
    place,
    keys,
    keysDir,
    driver,
    bytesDir,
    /** Writes and records a blob. */
    async store(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<WrittenBlob> {
      const written = await blobs.write(chunks(source))
      await transaction(db, (trx) => blobs.record(trx, written))
      return written
    },
    /** Blobs as another process over the same storage has them: no key in memory. */
    async reopened(): Promise<Blobs> {
      return new Blobs({ db, driver, keys: await StorageKeys.load(keysDir) })
    },
    fileOf: (id: string) => join(bytesDir, id.slice(-3), id),
  }
}

export async function temporaryFolder({ cleanup }: Pick<TestContext, 'cleanup'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-blobs-'))
  cleanup(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export async function* chunks(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
  yield* source
}

/** `size` bytes that do not repeat within a segment, in pieces of `piece` bytes. */
export function* content(size: number, piece = 64 * 1024): Generator<Buffer> {
  const block = randomBytes(Math.min(size, 2 * MIB + 17))
  for (let done = 0; done < size;) {
    const from = done % block.length
    const part = block.subarray(from, from + Math.min(piece, size - done))
    yield part
    done += part.length
  }
}

export async function gather(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** The error with which `work` fails. */
export async function failureOf(work: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await work
  } catch (error) {
    return error as Error & { code?: string }
  }
  throw new Error('It succeeded')
}

export async function closed(stream: Readable): Promise<void> {
  if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve))
}
