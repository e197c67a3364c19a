import { args, BaseCommand, flags } from '@adonisjs/core/ace'
import type { CommandOptions } from '@adonisjs/core/types/ace'
import { backUp } from '#backup'
import storage from '#config/storage'
import { WebtresorError } from '#errors'

export default class Backup extends BaseCommand {
  static commandName = 'backup'
  static description =
    'Copy database, blobs and checkpoints into a folder; again into the same: what is new'
  static options: CommandOptions = { startApp: true }

  @args.string({ description: 'Folder for the backup' })
  declare folder: string

  @flags.string({
    description: 'Folder for the keys, on another medium: who has both can read everything',
  })
  declare keys?: string

  async run() {
    try {
      const db = await this.app.container.make('lucid.db')
      const { manifest, copied, removed } = await backUp(storage, db, this.folder, {
        keys: this.keys,
      })
      const { count, size } = manifest.blobs
      this.logger.success(
        `${manifest.database.file} with ${manifest.database.size} bytes; ${count} blobs with ${size} bytes, ` +
          `of which ${copied} are new; ${removed} shredded since removed`
      )
      if (!this.keys) {
        this.logger.warning(
          'The keys are not in it, and without them it cannot be read: keep a copy of KEYS_DIR elsewhere'
        )
      }
    } catch (error) {
      if (!(error instanceof WebtresorError)) throw error
      this.logger.error(error.message)
      this.exitCode = 1
    }
  }
}
