import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  unlink,
} from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** As `pause` below: each publication has the disk synchronise twice. */
const PAUSE = 100

export interface PublishedCheckpoint {
  path: string
  note: string
}

export interface CheckpointFolderOptions {
  now: () => Date
  sizeOf: (note: string) => number
  pause?: number
}

/**
 * Signed checkpoints beside the database, so that a database set back to an earlier state shows: `latest`, and the
 * first one of each hour as `YYYY-MM-DDTHH` (UTC), which nothing here ever replaces.
 *
 * A publication, or one of a larger tree, is durable when its promise resolves. Those that wait while one is written share the next
 * write. Several processes may publish into one folder: what another one published of a larger tree stays, but for those that are
 * written at the same moment; `latest` may then be older than the newest until the next one.
 */
export class CheckpointFolder {
  readonly #folder: string
  readonly #now: () => Date
  readonly #sizeOf: (note: string) => number
  readonly #pauseBetween: number
  #waiting: { size: number; note: string } | undefined
  /** The publication that runs, or ran last, and the one that comes after it: what waits then goes into that. */
  #turn: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined
  #published = 0
  /** When the last one began, on the clock of performance.now(). */
  #lastAt = -Infinity
  /** Ends the pause before the next publication: somebody waits for it. */
  #hurry = new AbortController()
  /** The hour whose first checkpoint is there. */
  #hour = ''

  /**
   * @param options.sizeOf size of the tree that a note is about; 0 where it is no checkpoint of this ledger
   * @param options.pause between publications that nobody waits for, in milliseconds
   */
  constructor(folder: string, options: CheckpointFolderOptions) {
    this.#folder = folder
    this.#now = options.now
    this.#sizeOf = options.sizeOf
    this.#pauseBetween = options.pause ?? PAUSE
  }

  /** Size of the newest checkpoint that this process published. */
  get published(): number {
    return this.#published
  }

  /** Resolves when what was to be published so far is there, or could not be. */
  get settled(): Promise<void> {
    this.#hurry.abort()
    return (this.#next ?? this.#turn).catch(() => undefined)
  }

  /**
   * @param options.patiently nobody waits for it: it may be one of ten in a second, with what else is published until then
   * @throws the file system's error; the next publication tries again
   */
  publish(size: number, note: string, options: { patiently?: boolean } = {}): Promise<void> {
    if (size > (this.#waiting?.size ?? this.#published)) this.#waiting = { size, note }
    if (!this.#next) this.#hurry = new AbortController()
    if (!options.patiently) this.#hurry.abort()
    this.#next ??= this.#turn.then(async () => {
      await this.#pause(this.#hurry)
      const publication = this.#write()
      this.#next = undefined
      this.#turn = publication.catch(() => undefined)
      return publication
    })
    return this.#next
  }

  /** The newest published note, undefined where none is. Synchronous: a transaction waits for it, once. */
  latest(): PublishedCheckpoint | undefined {
    const path = join(this.#folder, 'latest')
    try {
      return { path, note: readFileSync(path, 'utf8') }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  /** All published notes, `latest` last. */
  async *all(): AsyncGenerator<PublishedCheckpoint> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    for (const name of names
      .filter((each) => /^(latest|\d{4}-\d\d-\d\dT\d\d)$/.test(each))
      .sort()) {
      const path = join(this.#folder, name)
      yield { path, note: await readFile(path, 'utf8') }
    }
  }

  async #pause({ signal }: AbortController): Promise<void> {
    const rest = this.#lastAt + this.#pauseBetween - performance.now()
    if (rest > 0) await pause(rest, undefined, { signal }).catch(() => undefined)
  }

  async #write(): Promise<void> {
    if (!this.#waiting) return
    this.#lastAt = performance.now()
    const { size, note } = this.#waiting
    this.#waiting = undefined
    if ((await this.#sizeOfLatest()) <= size) await this.#replace(note)
    const folder = await open(this.#folder, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
    this.#published = size
  }

  async #sizeOfLatest(): Promise<number> {
    const note = await readFile(join(this.#folder, 'latest'), 'utf8').catch(() => '')
    return this.#sizeOf(note)
  }

  async #replace(note: string): Promise<void> {
    const draft = join(this.#folder, `.${randomUUID()}`)
    const hour = this.#now().toISOString().slice(0, 13)
    try {
      const file = await this.#draft(draft)
      try {
        await file.writeFile(note)
        await file.sync()
      } finally {
        await file.close()
      }
      if (hour !== this.#hour) {
        await link(draft, join(this.#folder, hour)).catch(unlessThere)
      }
      await rename(draft, join(this.#folder, 'latest'))
    } catch (error) {
      await unlink(draft).catch(() => undefined)
      throw error
    }
    this.#hour = hour
  }

  async #draft(path: string): Promise<FileHandle> {
    try {
      return await open(path, 'wx', 0o644)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      await mkdir(this.#folder, { recursive: true })
      this.#hour = ''
      return open(path, 'wx', 0o644)
    }
  }
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
