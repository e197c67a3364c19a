import { args, BaseCommand } from '@adonisjs/core/ace'
import type { CommandOptions } from '@adonisjs/core/types/ace'
import { Database } from '@adonisjs/lucid/database'
import { ledgerName } from '#config/app'
import storage from '#config/storage'
import { databaseConnection } from '#database/connection'
import { moveRows } from '#database/move'
import { PermanentError, WebtresorError } from '#errors'
import { Ledger, LedgerSigner } from '#ledger'
import { migrate } from '#start/database'
import { lockDataDir } from '#start/server_lock'

export default class DatabaseMove extends BaseCommand {
  static commandName = 'database:move'
  static description = 'Copy everything from SQLite in DATA_DIR to an empty PostgreSQL database'
  static options: CommandOptions = { startApp: true }
  static help = [
    'Stop the server first. Nothing is changed in SQLite; when the copy is there and verified, set DATABASE_URL and start again:',
    '  {{ binaryName }} database:move postgres://webtresor@db.firm.example/webtresor',
  ]

  @args.string({ description: 'postgres://user:password@host/database' })
  declare url: string

  async run() {
    try {
      await this.#move()
    } catch (error) {
      if (!(error instanceof WebtresorError)) throw error
      this.logger.error(error.message)
      this.exitCode = 1
    }
  }

  async #move() {
    if (storage.databaseUrl) {
      throw new PermanentError(
        'E_MOVED',
        'DATABASE_URL is set, so this is not on SQLite: leave it out to move what is in DATA_DIR'
      )
    }
    if (!/^postgres(ql)?:\/\//.test(this.url)) {
      throw new PermanentError('E_MOVE_TO', 'Where to is not a URL with postgres://')
    }
    const unlock = lockDataDir(storage.dataDir)
    const db = new Database(
      { connection: 'main', connections: { main: databaseConnection(this.url) } },
      await this.app.container.make('logger'),
      await this.app.container.make('emitter')
    )
    try {
      const from = await this.app.container.make('lucid.db')
      await migrate(this.app)
      await migrate(this.app, db)
      await moveRows(from, db, ({ name, rows, digest }) => {
        this.logger.info(`${name}: ${rows} row${rows === 1 ? '' : 's'}, ${digest.slice(0, 16)}`)
      })
      await this.#verify(db)
    } finally {
      await db.manager.closeAll(true)
      unlock()
    }
  }

  /** Reads the ledger in its new place against the checkpoints beside the old one. */
  async #verify(db: Database) {
    const signer = await LedgerSigner.load(storage.keysDir, ledgerName)
    const ledger = new Ledger({ db, signer, checkpoints: storage.checkpointsDir })
    const { size, problems } = await ledger.verify()
    for (const { what } of problems) this.logger.error(`ledger: ${what}`)
    if (problems.length > 0) {
      this.exitCode = 1
      return
    }
    this.logger.success(
      `All rows are equal, and ${size} ledger entries hold. Set DATABASE_URL, start, and run archive:verify`
    )
  }
}
