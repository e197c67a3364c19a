/** What is checked without running the product. Each check counts as one test. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environment, NODE, ROOT, run } from './install.js'
import { DATABASE_LANE } from './test_lanes.js'

function check(name, command) {
  return {
    name,
    run: async (say) =>
      (await command(say)) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 },
  }
}

const program = (say, name, ...args) =>
  run(join(ROOT, 'node_modules', '.bin', name), args, { env: environment(), onLine: say })

/** Generated files are committed: generating them again must change nothing. */
async function codegen(say) {
  const before = digest('.adonisjs')
  const data = mkdtempSync(join(tmpdir(), 'webtresor-codegen-'))
  const code = await run(NODE, ['ace.js', 'codegen'], {
    env: environment({ NODE_ENV: 'development', DATA_DIR: data }),
    onLine: say,
  })
  rmSync(data, { recursive: true, force: true })
  if (code !== 0 || digest('.adonisjs') === before) return code
  say('.adonisjs was out of date; it is generated anew now: commit it')
  return 1
}

function digest(folder) {
  const hash = createHash('sha256')
  const visit = (path) => {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) visit(join(path, name))
    } else {
      hash.update(path).update('\0').update(readFileSync(path)).update('\0')
    }
  }
  visit(join(ROOT, folder))
  return hash.digest('hex')
}

const first = (one) => ({ ...one, isFirst: true })
const beside = (one) => ({ ...one, lane: DATABASE_LANE })

export const checks = [
  first(check('codegen', codegen)),
  // Reads what each suite generates anew as it starts.
  first(check('typecheck', (say) => program(say, 'tsc', '--noEmit', '-p', '.'))),
  first(
    check('build', (say) => run(NODE, ['scripts/build.js'], { env: environment(), onLine: say }))
  ),
  beside(check('eslint', (say) => program(say, 'eslint', '.', '--max-warnings=0'))),
  beside(check('prettier', (say) => program(say, 'prettier', '--check', '.'))),
]
