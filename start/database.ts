import { TransientError } from '#errors'
import type { ApplicationService } from '@adonisjs/core/types'
import type { Database } from '@adonisjs/lucid/database'
import { MigrationRunner } from '@adonisjs/lucid/migration'

/** Names the lock among those of the database; nothing else of ours takes one. */
const LOCK = 5_794_301
/** How long another process may take to migrate before we give up. */
const PATIENCE = '60s'

/**
 * Brings a database's tables up to date, the application's own unless another is given. Several processes that start
 * together wait for each other.
 *
 * @throws TransientError `E_MIGRATING` when another process does not come to an end of it
 */
export async function migrate(app: ApplicationService, other?: Database): Promise<void> {
  const db = other ?? (await app.container.make('lucid.db'))
  await alone(db, async () => {
    const runner = new MigrationRunner(db, app, { direction: 'up', disableLocks: true })
    await runner.run()
    if (runner.error) throw runner.error
  })
}

/**
 * Lucid's own lock does not hold: it takes it on one connection of the pool and releases it on another. Ours belongs to
 * a transaction that stays open on one connection. SQLite needs none: the lock on DATA_DIR keeps other servers off.
 */
async function alone(db: Database, work: () => Promise<void>): Promise<void> {
  if (db.connection().dialect.name !== 'postgres') return work()
  await db.transaction(async (trx) => {
    await trx.rawQuery(`SET LOCAL lock_timeout = '${PATIENCE}'`)
    await trx.rawQuery('SELECT pg_advisory_xact_lock(?)', [LOCK]).catch((cause: unknown) => {
      if ((cause as { code?: string }).code !== '55P03') throw cause
      throw new TransientError(
        'E_MIGRATING',
        'Another process has been changing the tables for a minute: see what it does, and start again',
        { cause }
      )
    })
    await work()
  })
}
