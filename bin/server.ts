/**
 * The web process: pages, links and downloads over HTTP. In production, gateway and worker are processes beside it;
 * for development it serves pages alone, on whatever database there is.
 */
await import('reflect-metadata')
const { fail } = await import('./failure.js')
const { ignite } = await import('./ignite.js')

await ignite()
  .tap((app) => {
    app.booted(async () => {
      if (!app.inProduction) return
      const { joinProcesses } = await import('#start/process_rules')
      await joinProcesses(app)
    })
    app.ready(async () => {
      if (!app.inProduction) return
      const { serveWeb } = await import('#start/web')
      await serveWeb(app)
    })
  })
  .httpServer()
  .start()
  .catch(fail)
