/**
 * `npm start`: installs when needed, builds when stale, and runs Webtresor - web, gateway and worker in one
 * process. Relative paths in the configuration count from the repository's folder, so DATA_DIR is ./data there.
 */
import { join } from 'node:path'
import { buildIfStale } from './build.js'
import { environment, install, NODE, ROOT, run } from './install.js'

try {
  await install()
  process.exitCode = await buildIfStale()
  if (process.exitCode === 0) {
    process.exitCode = await run(NODE, [join(ROOT, 'build', 'bin', 'webtresor.js')], {
      env: environment({ NODE_ENV: 'production', ENV_PATH: process.env.ENV_PATH ?? ROOT }),
    })
  }
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
