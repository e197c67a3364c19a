import { args, BaseCommand, flags } from '@adonisjs/core/ace'
import type { CommandOptions } from '@adonisjs/core/types/ace'
import { pipeline } from 'node:stream/promises'
import { Blobs, type BlobRange } from '#blobs'
import { IntegrityError, NotFound } from '#errors'

export default class BlobCat extends BaseCommand {
  static commandName = 'blob:cat'
  static description = 'Write the plain bytes of a blob to standard output'
  static options: CommandOptions = { startApp: true }

  @args.string({ description: 'Id of the blob' })
  declare id: string

  @flags.string({ description: 'Bytes as in HTTP, both ends included: 0-499, 500-' })
  declare range?: string

  async run() {
    const range = this.range === undefined ? { start: 0 } : parseRange(this.range)
    if (!range) {
      this.logger.error(`"${this.range}" is not a range of bytes such as 0-499 or 500-`)
      this.exitCode = 1
      return
    }
    const blobs = await this.app.container.make(Blobs)
    try {
      await pipeline(blobs.read(this.id, range), process.stdout, { end: false })
    } catch (error) {
      // Whoever reads has read enough, as `head` does.
      if ((error as NodeJS.ErrnoException).code === 'EPIPE') return
      if (!(error instanceof NotFound || error instanceof IntegrityError)) throw error
      this.logger.error(error.message)
      this.exitCode = 1
    }
  }
}

function parseRange(text: string): BlobRange | null {
  const match = /^(\d{1,15})-(\d{1,15})?$/.exec(text)
  if (!match) return null
  const start = Number(match[1])
  const end = match[2] === undefined ? undefined : Number(match[2]) + 1
  return end !== undefined && end <= start ? null : { start, end }
}
