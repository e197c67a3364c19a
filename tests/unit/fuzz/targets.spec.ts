import { test } from '@japa/runner'
import { Random } from '../../mime_generator.ts'
import { mimeTarget } from '../../fuzz/mime_target.ts'
import { smtpTarget } from '../../fuzz/smtp_target.ts'
import type { Target } from '../../fuzz/target.ts'
import { addressTarget, headerTarget, recipeTarget } from '../../fuzz/text_targets.ts'

/** The same inputs in each run; `npm run fuzz` looks for others. */
const SEED = 20261124

const targets: [string, () => Target | Promise<Target>, number][] = [
  ['mails', mimeTarget, 800],
  ['dialogues', smtpTarget, 60],
  ['addresses', addressTarget, 20_000],
  ['header fields', headerTarget, 20_000],
  ['recipes', recipeTarget, 20_000],
]

test.group('Odd bytes', () => {
  for (const [name, open, count] of targets) {
    test(`${count} ${name} find no fault`, async ({ cleanup }) => {
      const target = await open()
      cleanup(() => target.close?.())
      const random = new Random(SEED)
      for (let nth = 0; nth < count; nth++) await target.check(target.draw(random))
    })
  }
})
