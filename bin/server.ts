/** The web process: pages, links and downloads over HTTP. */
await import('reflect-metadata')
const { fail } = await import('./failure.js')
const { ignite } = await import('./ignite.js')

await ignite().httpServer().start().catch(fail)
