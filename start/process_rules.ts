import storage from '#config/storage'
import { PermanentError } from '#errors'
import { Ledger } from '#ledger'
import { migrate } from '#start/database'
import { joinDataDir } from '#start/server_lock'
import { requireStorageKey } from '#start/storage_key'
import { telemetry } from '#telemetry'
import type { ApplicationService } from '@adonisjs/core/types'

/**
 * What a process that is web, gateway or worker alone does before it serves: shares the lock on DATA_DIR with its
 * like, and brings tables and the published checkpoint up to date.
 * Whichever comes first does it, and the others find it done.
 *
 * @throws PermanentError `E_SECOND_SERVER` beside an all-in-one server · `E_ONE_PROCESS` where database or queue stay
 * inside one process · `E_NO_STORAGE_KEY`
 */
export async function joinProcesses(app: ApplicationService): Promise<void> {
  app.terminating(joinDataDir(storage.dataDir))
  refuseOneProcess()
  telemetry.logTo(await app.container.make('logger'))
  await migrate(app)
  await requireStorageKey(app)
  await (await app.container.make(Ledger)).catchUp()
}

function refuseOneProcess() {
  if (!storage.databaseUrl) {
    throw new PermanentError(
      'E_ONE_PROCESS',
      'Separate processes cannot share SQLite: set DATABASE_URL to postgres://…, or run all in one with npm start'
    )
  }
  if (!storage.queueUrl) {
    throw new PermanentError(
      'E_ONE_PROCESS',
      'Separate processes cannot wake each other by a queue inside one of them: set QUEUE_URL to redis://… or postgres://…'
    )
  }
}
