/** The Japa suites. Those that meet the database run on SQLite and once more on PostgreSQL. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, NODE, ROOT, run } from './install.js'
import { DATABASE_LANE, PROCESS_LANE } from './test_lanes.js'

/** A suite that hangs is ended, in milliseconds. */
const LIMIT = 20 * 60_000
const LONG_LIMIT = 4 * 3600_000

/** The last line of the ndjson reporter; everything else that looks like it is for machines too. */
const REPORT = /^\{"(event|aggregates)":/

function hasSpecs(folder) {
  if (!existsSync(folder)) return false
  return readdirSync(folder, { withFileTypes: true }).some((entry) =>
    entry.isDirectory() ? hasSpecs(join(folder, entry.name)) : /\.spec\.[jt]s$/.test(entry.name)
  )
}

/** What takes long and finds little is for the long run (tests/thorough.ts). */
const thorough = process.argv.includes('--long') ? { TEST_LONG: '1' } : {}

async function runSuite(suite, say, env = {}) {
  if (!hasSpecs(join(ROOT, 'tests', suite))) {
    say('no specs yet')
    return { passed: 0, failed: 0 }
  }
  const data = mkdtempSync(join(tmpdir(), 'webtresor-test-'))
  let counts
  const onLine = (line) => {
    if (!REPORT.test(line)) return say(line)
    const report = JSON.parse(line)
    counts = report.aggregates ?? counts
    // The other reporter tells them at the end, and where a suite ends badly not all of them.
    for (const { error } of report.errors ?? []) {
      say(`${report.title?.expanded ?? report.name}: ${error.stack ?? error.message}`)
    }
  }
  const code = await run(NODE, ['ace.js', 'test', suite, '--reporters=spec,ndjson'], {
    env: environment({ NODE_ENV: 'test', DATA_DIR: data, ...thorough, ...env }),
    onLine,
    limit: suite === 'long' ? LONG_LIMIT : LIMIT,
  })
  rmSync(data, { recursive: true, force: true })
  const failed = counts?.failed ?? 0
  if (code !== 0 && failed === 0) say(`The suite ended with exit code ${code}`)
  return { passed: counts?.passed ?? 0, failed: Math.max(failed, code === 0 ? 0 : 1) }
}

/** Runs `work` with the URL of a PostgreSQL server that lives as long as it. */
async function withPostgres(work) {
  const server = spawn(NODE, ['--import=@poppinss/ts-exec', 'tests/servers/run_postgres.ts'], {
    cwd: ROOT,
    env: environment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => server.once('close', resolve))
  try {
    const url = await Promise.race([
      new Promise((resolve) => server.stdout.setEncoding('utf8').once('data', resolve)),
      ended.then(() => Promise.reject(new Error('PostgreSQL did not start'))),
    ])
    return await work(url.trim())
  } finally {
    server.stdin.end()
    await ended
  }
}

const suite = (name) => ({ name, run: (say) => runSuite(name, say) })

/** Runs what `npm start` does, too. */
const built = (name) => ({ ...suite(name), built: true })

/** Tests that make databases make them there; the application has its tables and its queue there. */
const onPostgres = (name) => ({
  name: `${name}-postgres`,
  lane: DATABASE_LANE,
  run: (say) =>
    withPostgres((url) =>
      runSuite(name, say, {
        TEST_DATABASE_URL: url,
        DATABASE_URL: url,
        QUEUE_URL: url,
        PORT: '3334',
      })
    ),
})

export const suites = [
  { ...suite('unit'), lane: DATABASE_LANE },
  built('integration'),
  onPostgres('integration'),
  suite('functional'),
  onPostgres('functional'),
  suite('gateway'),
  onPostgres('gateway'),
  built('browser'),
  { ...built('e2e'), lane: PROCESS_LANE },
  { ...built('long'), long: true },
]
