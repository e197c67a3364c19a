/**
 * `npm test`: installs what is missing, then runs checks and suites, each as a process of its own, in lanes side by side,
 * and ends with one line `N passed, N failed`. Arguments select checks and suites by name:
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

/**
 * Runs steps one after the other. Lines of a lane that is shown appear as they come, those of another when its step has ended.
 */
async function outcomesOf(lane, { shown }) {
  const results = []
  for (const step of lane) {
    const kept = []
    results.push(
      await outcome(step, shown ? (line) => console.log(line) : (line) => kept.push(line))
    )
    for (const line of kept) console.log(line)
  }
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

const first = steps.filter(({ isFirst }) => isFirst)
const rest = steps.filter(({ isFirst }) => !isFirst)
const lanes = [...new Set(rest.map(({ lane }) => lane))].map((name) =>
  rest.filter(({ lane }) => lane === name)
)
const shown = lanes.find(([step]) => step.lane === undefined) ?? lanes[0]
const outcomes = [
  ...(await outcomesOf(first, { shown: true })),
  ...(await Promise.all(lanes.map((lane) => outcomesOf(lane, { shown: lane === shown })))).flat(),
]

console.log()
for (const { name, passed, failed, seconds } of outcomes) {
  const counts = `${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed`
  console.log(`${name.padEnd(24)}${counts} ${seconds.toFixed(1).padStart(8)} s`)
}
const sum = (key) => outcomes.reduce((total, result) => total + result[key], 0)
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
process.exit(sum('failed') > 0 || sum('passed') === 0 ? 1 : 0)
