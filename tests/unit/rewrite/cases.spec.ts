import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@japa/runner'
import type { RecipeStep } from '#archive'
import type { Plan, Policy } from '../../../mail-gateway/rewrite/plan.ts'
import { Random } from '../../mime_generator.ts'
import { deliver, envelope, policy } from './delivered.ts'

const folder = join(import.meta.dirname, '../../fixtures/mail')

/** What `plan.json` of a case holds: what is given beside the mail, and what is expected. */
interface Case {
  given?: {
    sender?: string
    recipients?: string[]
    policy?: Partial<Policy>
    language?: 'de' | 'en'
  }
  verdict: Plan['verdict']
  reason: Plan['reason']
  problems?: Plan['problems']
  rewriteFor?: string[]
  notice?: Plan['notice']
  parts: { path: string; action: string; reason: string; filename: string }[]
}

function expected(plan: Plan): Omit<Case, 'given'> {
  return {
    verdict: plan.verdict,
    reason: plan.reason,
    ...(plan.problems.length > 0 ? { problems: plan.problems } : {}),
    ...(plan.verdict === 'rewrite' ? { rewriteFor: plan.rewriteFor, notice: plan.notice } : {}),
    parts: plan.parts.map(({ path, action, reason, filename }) => ({
      path,
      action,
      reason,
      filename,
    })),
  }
}

/** Lines that we write and that RFC 5322, 2.1.1 and 2.3 forbid. */
function illegalLines(recipe: RecipeStep[]): string[] {
  const written = recipe.flatMap((step) =>
    'insert' in step ? [step.insert.toString('latin1')] : []
  )
  return written.flatMap((text) => {
    const lines = text.split('\r\n')
    return lines.filter((line) => line.length > 998 || /[\r\n\0]/.test(line))
  })
}

test.group('Mail cases', () => {
  test('there are enough, each with its own number', ({ assert }) => {
    const numbers = readdirSync(folder).map((name) => /^\d+/.exec(name)?.[0])
    assert.isAtLeast(numbers.length, 150)
    assert.equal(new Set(numbers).size, numbers.length)
  })

  for (const name of readdirSync(folder).sort()) {
    const file = (part: string) => readFileSync(join(folder, name, part))

    test(name, async ({ assert }) => {
      const message = file('in.eml')
      const { given = {}, ...wanted } = JSON.parse(file('plan.json').toString()) as Case
      const options = {
        envelope: { ...envelope, ...given },
        policy: { ...policy, ...given.policy },
        language: given.language,
      }
      const random = new Random(Number.parseInt(name))
      const sizes = Array.from({ length: 3 }, () => 1 + random.below(300))
      for (const chunk of [message.length, 61, 7, ...sizes]) {
        const { plan, bytes, recipe } = await deliver(message, { ...options, chunk })
        assert.deepEqual(expected(plan), wanted, `pieces of ${chunk} bytes`)
        assert.deepEqual(illegalLines(recipe), [])
        // A held mail does not leave, so it has no delivered form.
        if (plan.verdict !== 'hold') {
          assert.equal(bytes.toString('latin1'), file('out.eml').toString('latin1'))
        }
      }
    })
  }
})
