import { Archive } from '#archive'
import { Blobs } from '#blobs'
import { IntegrityError, NotFound } from '#errors'
import { Ledger } from '#ledger'
import { BaseCommand, flags } from '@adonisjs/core/ace'
import type { CommandOptions } from '@adonisjs/core/types/ace'
import { readFile } from 'node:fs/promises'

const BLOBS_AT_ONCE = 500

/** Re-reads everything that is stored; a line for each thing that is wrong, and exit code 1. */
export default class ArchiveVerify extends BaseCommand {
  static commandName = 'archive:verify'
  static description = 'Re-read every ledger entry and every blob, and name what is wrong'
  static options: CommandOptions = { startApp: true }
  static help = [
    'A database and its checkpoints that were set back together show only against a checkpoint kept elsewhere:',
    '  {{ binaryName }} archive:verify --since /safe/place/latest',
  ]

  @flags.string({ description: 'File with a checkpoint that the ledger must extend' })
  declare since?: string

  #problems = 0

  async run() {
    const since = await this.#readSince()
    if (this.exitCode) return
    const ledger = await this.app.container.make(Ledger)
    const { size, erased, problems } = await ledger.verify({ since })
    for (const { what } of problems) this.#tell(`ledger: ${what}`)

    const blobs = await this.#verifyBlobs()
    const archive = await this.app.container.make(Archive)
    for await (const problem of archive.verifyOriginals()) this.#tell(`originals: ${problem}`)

    const scope = `${size} ledger entries (${erased} with erased detail), ${blobs} blobs`
    if (this.#problems === 0) return this.logger.success(`${scope}: everything holds`)
    this.logger.error(`${scope}: ${this.#problems} problem${this.#problems === 1 ? '' : 's'}`)
    this.exitCode = 1
  }

  async #readSince(): Promise<string | undefined> {
    if (this.since === undefined) return undefined
    try {
      return await readFile(this.since, 'utf8')
    } catch (error) {
      this.logger.error(`${this.since} cannot be read: ${(error as Error).message}`)
      this.exitCode = 1
      return undefined
    }
  }

  /** Reads every blob and returns how many there are. */
  async #verifyBlobs(): Promise<number> {
    const blobs = await this.app.container.make(Blobs)
    let count = 0
    for (let after: string | undefined; ;) {
      const ids = await blobs.ids({ after, limit: BLOBS_AT_ONCE })
      for (const id of ids) await this.#verifyBlob(blobs, id)
      count += ids.length
      if (ids.length < BLOBS_AT_ONCE) return count
      after = ids.at(-1)
    }
  }

  async #verifyBlob(blobs: Blobs, id: string) {
    try {
      await blobs.verify(id)
    } catch (error) {
      if (!(error instanceof IntegrityError || error instanceof NotFound)) throw error
      // Shredded since it was listed.
      if (error.code === 'E_SHREDDED') return
      this.#tell(`blob ${id}: ${error.message}`)
    }
  }

  #tell(problem: string) {
    this.#problems++
    this.logger.error(problem)
  }
}
