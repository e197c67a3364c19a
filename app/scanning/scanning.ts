import type { Readable } from 'node:stream'
import type { Database } from '@adonisjs/lucid/database'
import type { Blobs } from '#blobs'
import { findSocket, parseAddress, USUAL_SOCKETS } from './address.ts'
import { Clamd, type Patience, patience } from './clamd.ts'
import { ScannerMemory } from './scanner_memory.ts'
import type { Verdict } from './verdict.ts'

export type ScannerMode = 'on' | 'off' | 'down'

export interface ScannerHealth {
  mode: ScannerMode
  /** Program, signatures and their date, as clamd says it. */
  version?: string
  /** One sentence for the administrator when something is not as it should be. */
  problem?: string
}

export interface ScanningOptions {
  db: Database
  blobs: Pick<Blobs, 'read'>
  /** CLAMD_URL: tcp://host:port, unix:/path, off; undefined looks for a usual socket. */
  url: string | undefined
  /** MAX_MESSAGE_SIZE in bytes: a clamd that takes less is a problem worth saying. */
  maxMessageSize?: number
  /** Where to look when there is no URL. */
  sockets?: string[]
  patience?: Partial<Patience>
  now?: () => Date
}

/** In milliseconds. */
const ASK_SIZES_EVERY = 60_000

/** See main.ts for what verdicts mean. */
export class Scanning {
  readonly #options: ScanningOptions
  readonly #patience: Patience
  readonly #memory: ScannerMemory
  #sizes: { askedAt: number; problem: string | undefined } | undefined

  constructor(options: ScanningOptions) {
    this.#options = options
    this.#patience = { ...patience, ...options.patience }
    this.#memory = new ScannerMemory(options.db, options.now ?? (() => new Date()))
    if (options.url && options.url !== 'off') parseAddress(options.url)
  }

  /**
   * `on`: it answers. `off`: by CLAMD_URL, or because none was ever named, found or seen. `down`: there should be
   * one, and it does not answer.
   */
  async mode(): Promise<ScannerMode> {
    const { mode } = await this.#look()
    return mode
  }

  /** @throws what reading the blob throws: NotFound, IntegrityError */
  scan(blobId: string): Promise<Verdict> {
    return this.scanStream(this.#options.blobs.read(blobId))
  }

  /** Reads `source` to its end, or destroys it. Its errors are thrown; those of the scanner are verdicts. */
  async scanStream(source: Readable): Promise<Verdict> {
    const url = await this.#url()
    if (url) return this.#clamd(url).scan(source)
    source.destroy()
    return { status: 'unavailable', reason: 'scanning is switched off' }
  }

  async health(): Promise<ScannerHealth> {
    const { mode, url, reason } = await this.#look()
    if (mode === 'down') return { mode, problem: `${url}: ${reason}` }
    if (mode === 'off' || !url) {
      const problem =
        this.#options.url === 'off'
          ? 'Scanning is switched off by CLAMD_URL=off'
          : 'No virus scanner was found: name one by CLAMD_URL'
      return { mode, problem }
    }
    const clamd = this.#clamd(url)
    const version = await clamd.version().catch(() => 'unknown')
    const problem = await this.#compareSizes(clamd)
    return { mode, version, ...(problem ? { problem } : {}) }
  }

  async #look(): Promise<{ mode: ScannerMode; url?: string; reason?: string }> {
    const url = await this.#url()
    if (!url) return { mode: 'off' }
    try {
      await this.#clamd(url).ping()
    } catch (error) {
      return { mode: 'down', url, reason: (error as Error).message }
    }
    await this.#memory.remember(url)
    return { mode: 'on', url }
  }

  /** Which clamd to ask: the one named, else one found, else the one that answered in the past. */
  async #url(): Promise<string | undefined> {
    const { url, sockets = USUAL_SOCKETS } = this.#options
    if (url === 'off') return undefined
    return url ?? (await findSocket(sockets)) ?? (await this.#memory.recall())
  }

  #clamd(url: string): Clamd {
    return new Clamd(parseAddress(url), this.#patience)
  }

  /** Not asked again for a minute: the question costs half a second. */
  async #compareSizes(clamd: Clamd): Promise<string | undefined> {
    const size = this.#options.maxMessageSize
    if (size === undefined) return undefined
    const now = (this.#options.now?.() ?? new Date()).getTime()
    if (!this.#sizes || now - this.#sizes.askedAt > ASK_SIZES_EVERY) {
      const problem = (await clamd.takes(size))
        ? undefined
        : `clamd takes less than MAX_MESSAGE_SIZE (${size} bytes): larger mails will be held unchecked. ` +
          'Raise StreamMaxLength, MaxScanSize and MaxFileSize in clamd.conf'
      this.#sizes = { askedAt: now, problem }
    }
    return this.#sizes.problem
  }
}
