/**
 * Everything in one process: web, gateway and worker on embedded defaults. `npm start` runs this.
 *
 * The order matters: the lock before the first write, tables before anything asks them, keys before anything
 * is served, listeners last.
 */
await import('reflect-metadata')
const { fail } = await import('./failure.js')
const { ignite } = await import('./ignite.js')

await ignite()
  .tap((app) => {
    app.booted(async () => {
      const { default: storage } = await import('#config/storage')
      const { lockDataDir } = await import('#start/server_lock')
      const { migrate } = await import('#start/database')
      const { requireStorageKey } = await import('#start/storage_key')
      app.terminating(lockDataDir(storage.dataDir))
      await migrate(app)
      await requireStorageKey(app)
    })
    app.ready(async () => {
      const { launch } = await import('#start/launch')
      await launch(app)
    })
  })
  .httpServer()
  .start()
  .catch(fail)
