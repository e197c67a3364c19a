/**
 * `npm test`: installs what is missing, then runs checks and suites, each as a process of its own, some of
 * them side by side, and ends with one line `N passed, N failed`. Arguments select checks and suites by name:
 * `npm test -- eslint unit`; `--long` adds the suite that takes longer.
 */
import { installDebianPackages } from './debian_packages.js'
import { install } from './install.js'
import { checks } from './test_checks.js'
import { suites } from './test_suites.js'

const args = process.argv.slice(2)
const names = args.filter((arg) => !arg.startsWith('--'))
const chosen = ({ name, long }) =>
  names.length > 0 ? names.includes(name) : !long || args.includes('--long')
// Built before them, since suites that run side by side would both build.
const isNeeded = ({ name }) =>
  name === 'build' && suites.some((suite) => suite.built && chosen(suite))
const steps = [...checks, ...suites].filter((step) => chosen(step) || isNeeded(step))

/** A step that ends badly without saying why counts as one failure. */
async function outcome(step, say) {
  const begin = Date.now()
  say(`\n=== ${step.name}`)
  const result = await step.run(say).catch((error) => {
    say(error.stack)
    return { passed: 0, failed: 1 }
  })
  return { ...result, name: step.name, seconds: (Date.now() - begin) / 1000 }
}

/** Steps of one group run at once. The first one's lines are shown as they come, those of the others afterwards. */
async function outcomesOf(group) {
  const later = group.slice(1).map(() => [])
  const results = await Promise.all(
    group.map((step, nth) =>
      outcome(step, nth === 0 ? (line) => console.log(line) : (line) => later[nth - 1].push(line))
    )
  )
  for (const line of later.flat()) console.log(line)
  return results
}

const unknown = names.filter((name) => !steps.some((step) => step.name === name))
if (unknown.length > 0) {
  const known = [...checks, ...suites].map((step) => step.name).join(', ')
  console.error(`There is no ${unknown.join(', ')}. There is: ${known}`)
  process.exit(1)
}

try {
  await install()
  installDebianPackages()
} catch (error) {
  console.error(error.message)
  console.log('0 passed, 1 failed')
  process.exit(1)
}

const outcomes = []
const groups = new Map()
for (const step of steps) {
  const group = step.group ?? step.name
  groups.set(group, [...(groups.get(group) ?? []), step])
}
for (const group of groups.values()) outcomes.push(...(await outcomesOf(group)))

console.log()
for (const { name, passed, failed, seconds } of outcomes) {
  const counts = `${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed`
  console.log(`${name.padEnd(24)}${counts} ${seconds.toFixed(1).padStart(8)} s`)
}
const sum = (key) => outcomes.reduce((total, result) => total + result[key], 0)
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
process.exit(sum('failed') > 0 || sum('passed') === 0 ? 1 : 0)
