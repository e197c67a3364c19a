/** Compiles the application into build/ when the sources changed since it was compiled last. */
import { createHash } from 'node:crypto'
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { environment, NODE, ROOT, run } from './install.js'

/** What ends up in the build. Generated and test files are left out: they must not make it stale. */
const SOURCES = [
  ...['app', 'bin', 'commands', 'config', 'database', 'mail-gateway', 'providers', 'public'],
  ...['resources', 'start', 'ace.js', 'adonisrc.ts', 'package.json', 'package-lock.json'],
  ...['tsconfig.json', 'tsconfig.build.json', 'vite.config.ts'],
]
const GENERATED = new Set(['public/assets', 'database/schema.ts', 'bin/test.ts'])

const BUILD = join(ROOT, 'build')
/** Where tsconfig.build.json compiles to: the previous build serves until this one is complete. */
const NEXT = join(ROOT, 'tmp', 'build')
const LAST = join(ROOT, 'tmp', 'build.last')

/** @returns exit code of the compilation; 0 as well when there was nothing to do */
export async function buildIfStale() {
  const print = fingerprint()
  const stamp = join(BUILD, '.sources')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === print) return 0
  console.log('Building …')
  const output = []
  const code = await run(NODE, ['ace.js', 'build', '--tsconfig=tsconfig.build.json'], {
    env: environment({ NODE_ENV: 'development' }),
    onLine: (line) => output.push(line),
  })
  if (code !== 0) {
    console.error(output.join('\n'))
    return code
  }
  writeFileSync(join(NEXT, '.sources'), print)
  rmSync(LAST, { recursive: true, force: true })
  if (existsSync(BUILD)) renameSync(BUILD, LAST)
  renameSync(NEXT, BUILD)
  rmSync(LAST, { recursive: true, force: true })
  return 0
}

function fingerprint() {
  const hash = createHash('sha256')
  const visit = (path) => {
    const full = join(ROOT, path)
    if (GENERATED.has(path) || !existsSync(full)) return
    const stat = statSync(full)
    if (stat.isDirectory()) {
      for (const name of readdirSync(full).sort()) visit(`${path}/${name}`)
    } else {
      hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`)
    }
  }
  SOURCES.forEach(visit)
  return hash.digest('hex')
}

if (process.argv[1] === import.meta.filename) process.exitCode = await buildIfStale()
