/**
 * Brings node_modules to what package-lock.json says, with nothing but the Node at hand (18 or newer) and npm.
 * Everything else then runs under the Node 24 that the lock file brings along.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository, without a slash at the end. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '')

const BIN = join(ROOT, 'node_modules', '.bin')
const LOCK = join(ROOT, 'package-lock.json')
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json')
const STAMP = join(ROOT, 'node_modules', '.webtresor-lock')

/** Path of the Node 24 in node_modules. */
export const NODE = join(BIN, 'node')

/** Environment in which `node` is the one of node_modules. */
export function environment(extra = {}) {
  return { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH}`, ...extra }
}

/** Installs when node_modules does not match the lock file. Fails with a sentence when npm does. */
export async function install() {
  const lock = readFileSync(LOCK)
  const hash = createHash('sha256').update(lock).digest('hex')
  if (read(STAMP) === hash && existsSync(NODE)) return
  if (!matches(JSON.parse(lock.toString('utf8')))) {
    console.log('Installing the dependencies that package-lock.json names …')
    const args = ['ci', '--include=dev', '--no-audit', '--no-fund']
    const npm = process.env.npm_execpath
    const code =
      npm && /\.c?js$/.test(npm)
        ? await run(process.execPath, [npm, ...args])
        : await run('npm', args)
    if (code !== 0) throw new Error(`npm ci failed with exit code ${code}`)
  }
  writeFileSync(STAMP, hash)
}

/** Whether somebody installed exactly the locked packages already: npm keeps a list beside them. */
function matches(lock) {
  if (!existsSync(NODE) || !existsSync(INSTALLED)) return false
  const installed = JSON.parse(read(INSTALLED)).packages
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (path === '') return true
    const found = installed[path]
    return found ? found.version === wanted.version : wanted.optional || wanted.devOptional
  })
}

function read(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

/**
 * Runs a program in the repository's folder and returns its exit code; a program that a signal ended counts
 * as 128 + the signal's number, as shells have it. SIGTERM and SIGINT are handed on to it. After `limit`
 * milliseconds it is killed, with all that it started: what lives on would keep its output open.
 */
export function run(command, args, { env = process.env, onLine, limit } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = onLine ? ['ignore', 'pipe', 'pipe'] : 'inherit'
    const child = spawn(command, args, { cwd: ROOT, env, stdio, detached: limit !== undefined })
    const kill = (signal) => (limit ? process.kill(-child.pid, signal) : child.kill(signal))
    const timer = limit && setTimeout(kill, limit, 'SIGKILL')
    const forward = (signal) => {
      // Ctrl-C reaches a child in our group by itself: the terminal signals the whole group.
      if (signal === 'SIGINT' && process.stdin.isTTY && !limit) return
      kill(signal)
    }
    process.on('SIGTERM', forward)
    process.on('SIGINT', forward)
    if (onLine) for (const stream of [child.stdout, child.stderr]) lines(stream, onLine)
    const end = () => {
      clearTimeout(timer)
      process.off('SIGTERM', forward)
      process.off('SIGINT', forward)
    }
    child.on('error', (error) => {
      end()
      reject(error)
    })
    child.on('close', (code, signal) => {
      end()
      resolve(signal ? 128 + (constants.signals[signal] ?? 0) : code)
    })
  })
}

function lines(stream, onLine) {
  let pending = ''
  stream.setEncoding('utf8').on('data', (chunk) => {
    const all = (pending + chunk).split('\n')
    pending = all.pop()
    all.forEach(onLine)
  })
  stream.on('end', () => pending && onLine(pending))
}
