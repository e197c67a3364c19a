/**
 * Everything in one process: web, gateway and worker on embedded defaults. `npm start` runs this.
 *
 * The order matters: the lock before the first write, tables before anything asks them, listeners last.
 */
await import('reflect-metadata')
const { ignite } = await import('./ignite.js')

await ignite()
  .tap((app) => {
    app.booted(async () => {
      const { default: storage } = await import('#config/storage')
      const { lockDataDir } = await import('#start/server_lock')
      const { migrate } = await import('#start/database')
      app.terminating(lockDataDir(storage.dataDir))
      await migrate(app)
    })
    app.ready(async () => {
      const { launch } = await import('#start/launch')
      await launch(app)
    })
  })
  .httpServer()
  .start()
  .catch((error) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  })
