/**
 * How long `npm start` takes the second time: from spawn until the web server answers and the mail listener
 * greets, in milliseconds. Median of three runs on one data folder. The last line is JSON.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const RUNS = 3
const LIMIT = 300_000
const START = fileURLToPath(new URL('../scripts/start.js', import.meta.url))

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

function answersHttp(port) {
  return fetch(`http://127.0.0.1:${port}/health/live`).then(
    (response) => response.ok,
    () => false
  )
}

function greets(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (result) => {
      socket.destroy()
      resolve(result)
    }
    socket.once('data', (data) => end(data.toString().startsWith('220')))
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
    socket.setTimeout(1000, () => end(false))
  })
}

/** Resident memory of the product below start.js in MB, where /proc tells. */
function residentMegabytes(pid) {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, 'utf8'))
    return Math.round(kilobytes / 1024)
  } catch {
    return null
  }
}

async function startOnce(dataDir) {
  const [web, smtp] = [await freePort(), await freePort()]
  const begin = performance.now()
  const child = spawn(process.execPath, [START], {
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      HOST: '127.0.0.1',
      PORT: String(web),
      SMTP_OUT_PORT: String(smtp),
      CLAMD_URL: 'off',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exit = once(child, 'exit')
  while (!(await answersHttp(web)) || !(await greets(smtp))) {
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}`)
    if (performance.now() - begin > LIMIT) {
      child.kill()
      throw new Error('npm start did not become ready')
    }
    await pause(10)
  }
  const took = performance.now() - begin
  const resident = residentMegabytes(child.pid)
  child.kill('SIGTERM')
  await exit
  return { took, resident }
}

const dataDir = mkdtempSync(join(tmpdir(), 'webtresor-bench-'))
try {
  const first = await startOnce(dataDir)
  console.log(`first start, with what had to be built and created: ${Math.round(first.took)} ms`)
  const runs = []
  for (let run = 0; run < RUNS; run++) {
    runs.push(await startOnce(dataDir))
    console.log(`start again: ${Math.round(runs[run].took)} ms`)
  }
  runs.sort((a, b) => a.took - b.took)
  const { took, resident } = runs[Math.floor(RUNS / 2)]
  const ours = Math.round(took)
  console.log(
    JSON.stringify({ name: 'start', unit: 'ms', ours, peer: null, ratio: null, rss_mb: resident })
  )
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}
