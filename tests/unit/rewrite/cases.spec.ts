import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@japa/runner'
import type { Plan, Policy } from '../../../mail-gateway/rewrite/plan.ts'
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

test.group('Mail cases', () => {
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
      for (const chunk of [message.length, 61, 7]) {
        const { plan, bytes } = await deliver(message, { ...options, chunk })
        assert.deepEqual(expected(plan), wanted)
        // A held mail does not leave, so it has no delivered form.
        if (plan.verdict !== 'hold') {
          assert.equal(bytes.toString('latin1'), file('out.eml').toString('latin1'))
        }
      }
    })
  }
})
