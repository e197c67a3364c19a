/**
 * `npm start`: installs when needed, builds when stale, and runs Webtresor - web, gateway and worker in one
 * process. Relative paths in the configuration count from the repository's folder, so DATA_DIR is ./data there.
 */
import { join } from 'node:path'
import { buildIfStale } from './build.js'
import { environment, install, NODE, ROOT, run } from './install.js'

/**
 * Mail leaves short-lived buffers behind. A small young generation collects them soon, and an allocator that maps large blocks
 * singly gives them back: four mails at once of 50 MB then peak at 270 MB for the whole process (`npm run bench:memory`). Code
 * kept small (`--optimize-for-size`) would save little more and cost a third of the mails per second; with fewer than four arenas
 * the threads wait for each other's malloc.
 */
const LEAN_HEAP = ['--max-semi-space-size=4', '--min-semi-space-size=4']
const LEAN_MALLOC = {
  MALLOC_ARENA_MAX: '4',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
}

/** Most of these threads wait for the disk to sync, and others' mail is not to wait behind them. */
const DISK_THREADS = { UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE ?? '16' }

try {
  await install()
  process.exitCode = await buildIfStale()
  if (process.exitCode === 0) {
    process.exitCode = await run(NODE, [...LEAN_HEAP, join(ROOT, 'build', 'bin', 'webtresor.js')], {
      env: environment({
        NODE_ENV: 'production',
        ENV_PATH: process.env.ENV_PATH ?? ROOT,
        ...LEAN_MALLOC,
        ...DISK_THREADS,
      }),
    })
  }
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
