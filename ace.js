/**
 * Entry point of the command line. AdonisJS 7 wants Node 24; where the Node at hand is older, the one
 * from the `node` package takes over with the same arguments.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const major = Number(process.versions.node.split('.')[0])
const bundled = new URL('node_modules/.bin/node', import.meta.url)

if (major < 24 && existsSync(bundled)) {
  const run = spawnSync(bundled.pathname, process.argv.slice(1), { stdio: 'inherit' })
  process.exit(run.status ?? 1)
}

await import('@poppinss/ts-exec')
await import('./bin/console.js')
