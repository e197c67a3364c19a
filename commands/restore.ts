import { args, BaseCommand, flags } from '@adonisjs/core/ace'
import type { CommandOptions } from '@adonisjs/core/types/ace'
import { restore } from '#backup'
import storage from '#config/storage'
import { WebtresorError } from '#errors'
import { lockDataDir } from '#start/server_lock'

export default class Restore extends BaseCommand {
  static commandName = 'restore'
  static description = 'Bring a backup back into an empty DATA_DIR, and an empty database'
  static options: CommandOptions = { startApp: true }

  @args.string({ description: 'Folder with the backup' })
  declare folder: string

  @flags.string({ description: 'Folder with the keys, where KEYS_DIR has none' })
  declare keys?: string

  async run() {
    try {
      const unlock = lockDataDir(storage.dataDir)
      const { at, blobs } = await restore(this.folder, storage, { keys: this.keys }).finally(unlock)
      this.logger.success(
        `Everything of ${at} is back, ${blobs.count} blobs with it. Run archive:verify before you start the server`
      )
    } catch (error) {
      if (!(error instanceof WebtresorError)) throw error
      this.logger.error(error.message)
      this.exitCode = 1
    }
  }
}
