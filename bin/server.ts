/** The web process: pages, links and downloads over HTTP. */
await import('reflect-metadata')
const { prettyPrintError } = await import('@adonisjs/core')
const { ignite } = await import('./ignite.js')

await ignite()
  .httpServer()
  .start()
  .catch((error) => {
    process.exitCode = 1
    prettyPrintError(error)
  })
