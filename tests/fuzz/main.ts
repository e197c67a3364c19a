/**
 * Odd bytes for whatever reads bytes of strangers: `npm run fuzz -- --seconds 60 --seed N`, or once with a file that an
 * earlier run wrote: `npm run fuzz -- --target mime --input FILE`. Ends with 1 at the first fault.
 */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../mime_generator.ts'
import { mimeTarget } from './mime_target.ts'
import { smtpTarget } from './smtp_target.ts'
import type { Target } from './target.ts'
import { addressTarget, headerTarget, recipeTarget } from './text_targets.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    target: { type: 'string' },
    input: { type: 'string' },
  },
})

const targets: Record<string, () => Target | Promise<Target>> = {
  mime: mimeTarget,
  smtp: smtpTarget,
  addresses: addressTarget,
  headers: headerTarget,
  recipe: recipeTarget,
}
const names = values.target ? [values.target] : Object.keys(targets)
const opened = new Map<string, Target>()
for (const name of names) {
  const open = targets[name]
  if (!open) throw new Error(`--target is one of ${Object.keys(targets).join(', ')}`)
  opened.set(name, await open())
}

let fault = false
const counts = new Map<string, number>()

async function tryOut(name: string, target: Target, input: Buffer): Promise<void> {
  try {
    await target.check(input)
    counts.set(name, (counts.get(name) ?? 0) + 1)
  } catch (error) {
    fault = true
    const file = values.input ?? join(await mkdtemp(join(tmpdir(), 'fuzz-')), `${name}.bin`)
    if (!values.input) await writeFile(file, input)
    console.error(`${name}:`, error)
    console.error(`again: npm run fuzz -- --target ${name} --input ${file}`)
  }
}

if (values.input) {
  const [[name, target] = []] = opened
  if (!values.target || !name || !target) throw new Error('--input needs --target')
  await tryOut(name, target, await readFile(values.input))
} else {
  console.log(`seed ${values.seed}`)
  // Each target gets the same share of the time.
  const share = (Number(values.seconds) * 1000) / opened.size
  for (const [name, target] of opened) {
    const random = new Random(Number(values.seed))
    const end = performance.now() + share
    while (!fault && performance.now() < end) await tryOut(name, target, target.draw(random))
  }
}
for (const target of opened.values()) await target.close?.()
console.log([...counts].map(([name, count]) => `${name} ${count}`).join(', '))
process.exitCode = fault ? 1 : 0
