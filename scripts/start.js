/**
 * `npm start`: installs when needed, builds when stale, and runs Webtresor - web, gateway and worker in one
 * process. Relative paths in the configuration count from the repository's folder, so DATA_DIR is ./data there.
 */
import { join } from 'node:path'
import { buildIfStale } from './build.js'
import { environment, install, NODE, ROOT, run } from './install.js'

/**
 * Encryption leaves short-lived buffers of a segment's size. A small young generation and few malloc arenas give them back
 * soon: with four mails of 50 MB at once the process stays about 140 MB smaller (`npm run bench:memory`).
 */
const LEAN_HEAP = ['--max-semi-space-size=2']

try {
  await install()
  process.exitCode = await buildIfStale()
  if (process.exitCode === 0) {
    process.exitCode = await run(NODE, [...LEAN_HEAP, join(ROOT, 'build', 'bin', 'webtresor.js')], {
      env: environment({
        NODE_ENV: 'production',
        ENV_PATH: process.env.ENV_PATH ?? ROOT,
        MALLOC_ARENA_MAX: process.env.MALLOC_ARENA_MAX ?? '2',
      }),
    })
  }
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
