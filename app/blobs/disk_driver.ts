import {
  chmod,
  mkdir,
  open,
  opendir,
  rename,
  stat,
  unlink,
  type FileHandle,
} from 'node:fs/promises'
import { constants, type Dirent } from 'node:fs'
import { dirname, join } from 'node:path'
import { PermanentError, TransientError } from '#errors'
import type { BlobBytes, BlobDriver, BlobGrowth, BlobUpload, StoredKey } from './driver.ts'

/** Of blobs that come in pieces: what there is of them. */
const INCOMING = 'incoming'

/** A key becomes a path, so it must not be able to leave the folder. */
const KEY = /^[0-9a-z][0-9a-z-]{2,63}$/
const SHARD = /^[0-9a-z-]{3}$/

/**
 * Blobs as files of one folder: `<last three characters of the key>/<key>`, which makes 4096 folders, each small enough
 * to list for some ten million blobs. The folder must lie on one file system, since blobs that come in pieces are renamed at
 * their end.
 */
export class DiskDriver implements BlobDriver {
  #folder: string
  #made = new Map<string, MadeFolder>()

  constructor(folder: string) {
    this.#folder = folder
  }

  create(key: string): BlobUpload {
    return new DiskUpload(this.#path(key), (folder) => this.#make(folder))
  }

  async grow(key: string, length: number): Promise<BlobGrowth | null> {
    const draft = join(this.#folder, INCOMING, checked(key))
    const place: Place = {
      draft,
      final: this.#path(key),
      ensure: (folder) => this.#make(folder).durable,
    }
    return tellDiskFull(() => DiskGrowth.open(place, length))
  }

  async open(key: string): Promise<BlobBytes | null> {
    const path = this.#path(key)
    const file = await unlessMissing(open(path, 'r'))
    if (!file) return null
    try {
      const { size } = await file.stat()
      return new DiskBytes(file, size)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  async remove(key: string): Promise<void> {
    await remove(this.#path(key))
    await remove(join(this.#folder, INCOMING, key))
  }

  async *list(): AsyncIterable<StoredKey> {
    for await (const shard of entries(this.#folder)) {
      if (shard.name !== INCOMING && !SHARD.test(shard.name)) continue
      for await (const file of entries(join(this.#folder, shard.name))) {
        if (!KEY.test(file.name)) continue
        const path = join(this.#folder, shard.name, file.name)
        const found = await unlessMissing(stat(path))
        if (found) yield { key: file.name, modifiedAt: found.mtime, remove: () => remove(path) }
      }
    }
  }

  #path(key: string): string {
    return join(this.#folder, checked(key).slice(-3), key)
  }

  #make(folder: string): MadeFolder {
    const known = this.#made.get(folder)
    if (known) return known
    const made = makeFolder(folder)
    if (folder !== this.#folder) {
      // Who made it may not have got so far yet.
      const root = this.#make(this.#folder)
      made.durable = all([made.durable, root.durable])
    }
    this.#made.set(folder, made)
    made.durable.catch(() => this.#made.delete(folder))
    return made
  }
}

/** A folder, while it is made and afterwards. */
interface MadeFolder {
  /** It is there. */
  there: Promise<unknown>
  /** It is there and would survive a power cut. Fails where `there` fails. */
  durable: Promise<void>
}

/**
 * A file that has its name from the start: nobody knows the key before the file is whole, and a row says so. A draft with a
 * rename would have the disk write its journal twice, one after the other, and mail waits for both.
 */
class DiskUpload implements BlobUpload {
  #path: string
  #make: (folder: string) => MadeFolder
  #folder: MadeFolder | null = null
  #file: FileHandle | null = null
  #made = false

  constructor(path: string, make: (folder: string) => MadeFolder) {
    this.#path = path
    this.#make = make
  }

  append(bytes: Uint8Array): Promise<void> {
    return tellDiskFull(async () => {
      const file = await this.#open()
      await writeAll(file, bytes)
    })
  }

  commit(): Promise<void> {
    return tellDiskFull(async () => {
      const file = await this.#open()
      await all([file.sync(), syncFolder(dirname(this.#path)), this.#folder!.durable])
      this.#file = null
      letGo(file)
    })
  }

  async abort(): Promise<void> {
    const file = this.#file
    this.#file = null
    await file?.close().catch(() => {})
    await this.#folder?.durable.catch(() => {})
    if (this.#made) await unlink(this.#path).catch(() => {})
  }

  async #open(): Promise<FileHandle> {
    if (this.#file) return this.#file
    this.#folder = this.#make(dirname(this.#path))
    await this.#folder.there
    this.#file = await open(this.#path, 'wx', 0o400)
    this.#made = true
    return this.#file
  }
}

interface Place {
  draft: string
  final: string
  ensure: (folder: string) => Promise<void>
}

class DiskGrowth implements BlobGrowth {
  #place: Place
  #file: FileHandle | null
  #end: number

  constructor(place: Place, file: FileHandle, end: number) {
    this.#place = place
    this.#file = file
    this.#end = end
  }

  static async open(place: Place, length: number): Promise<DiskGrowth | null> {
    await place.ensure(dirname(place.draft))
    // A crash may have come between the rename and the row that names the bytes.
    await unlessMissing(rename(place.final, place.draft))
    if (length > 0 && !(await unlessMissing(stat(place.draft)))) return null
    await unlessMissing(chmod(place.draft, 0o600))
    const file = await open(place.draft, constants.O_RDWR | constants.O_CREAT, 0o600)
    try {
      const { size } = await file.stat()
      if (size >= length) {
        if (size > length) await file.truncate(length)
        return new DiskGrowth(place, file, length)
      }
    } catch (error) {
      await file.close()
      throw error
    }
    await file.close()
    return null
  }

  append(bytes: Uint8Array): Promise<void> {
    return tellDiskFull(async () => {
      await writeAll(this.#file!, bytes, this.#end)
      this.#end += bytes.length
    })
  }

  sync(): Promise<void> {
    return tellDiskFull(() => this.#file!.datasync())
  }

  commit(): Promise<void> {
    return tellDiskFull(async () => {
      const { draft, final, ensure } = this.#place
      await this.#file!.chmod(0o400)
      await this.#file!.sync()
      await this.close()
      await ensure(dirname(final))
      await rename(draft, final)
      await syncFolder(dirname(final))
    })
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = null
    await file?.close()
  }
}

class DiskBytes implements BlobBytes {
  readonly size: number
  #file: FileHandle

  constructor(file: FileHandle, size: number) {
    this.#file = file
    this.size = size
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length)
    let done = 0
    while (done < length) {
      const { bytesRead } = await this.#file.read(bytes, done, length - done, offset + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return bytes.subarray(0, done)
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

function checked(key: string): string {
  if (!KEY.test(key)) {
    throw new PermanentError('E_BLOB_KEY', `"${key}" is not the key of a blob`)
  }
  return key
}

/**
 * Makes `folder` and those above it. Their names are to survive a power cut also where they are there already, since whoever
 * made them may have died before they were durable.
 */
function makeFolder(folder: string): MadeFolder {
  const there = mkdir(folder, { recursive: true, mode: 0o700 })
  const durable = there.then(async (first) => {
    const topmost = first ?? folder
    const above: string[] = []
    for (let made = folder; made.length >= topmost.length; made = dirname(made)) {
      above.push(dirname(made))
    }
    await all(above.map(syncFolder))
  })
  return { there, durable }
}

/** @param position in bytes from the start; without, where the file stands */
async function writeAll(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const at = position === undefined ? null : position + done
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at)
    done += bytesWritten
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    letGo(handle)
  }
}

/** Closes what has nothing left to lose, and waits for nothing. */
function letGo(handle: FileHandle): void {
  handle.close().catch(() => {})
}

/** As Promise.all, but also a failure waits until none of them is at the disk any more. */
async function all(works: Promise<void>[]): Promise<void> {
  for (const ended of await Promise.allSettled(works)) {
    if (ended.status === 'rejected') throw ended.reason
  }
}

async function remove(path: string): Promise<boolean> {
  return (await unlessMissing(unlink(path).then(() => true))) ?? false
}

async function* entries(folder: string): AsyncIterable<Dirent> {
  const opened = await unlessMissing(opendir(folder))
  if (opened) yield* opened
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

async function tellDiskFull<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
    throw new TransientError('E_DISK_FULL', 'The disk of the blobs is full', { cause: error })
  }
}
