/** The command line: `node ace …`. Commands boot the application only when they say `startApp`. */
await import('reflect-metadata')
const { fail } = await import('./failure.js')
const { ignite } = await import('./ignite.js')

await ignite().ace().handle(process.argv.splice(2)).catch(fail)
