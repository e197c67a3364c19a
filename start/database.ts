import type { ApplicationService } from '@adonisjs/core/types'
import { MigrationRunner } from '@adonisjs/lucid/migration'

/** Brings the database's tables up to date. Several processes that start together wait for each other. */
export async function migrate(app: ApplicationService): Promise<void> {
  const runner = new MigrationRunner(await app.container.make('lucid.db'), app, { direction: 'up' })
  await runner.run()
  if (runner.error) throw runner.error
}
