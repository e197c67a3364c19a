import { test } from '@japa/runner'
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { Installation } from './webtresor.ts'

const folder = join(import.meta.dirname, '../fixtures/bad_configs')
const names = readdirSync(folder).sort()

/** Starts at a time: most of a start is compiling, and tests have two cores. */
const AT_ONCE = 3

/** A case: what must be said, in comments, and the variables. */
async function readCase(name: string) {
  const text = await readFile(join(folder, name), 'utf8')
  const comments = [...text.matchAll(/^# (.*)$/gm)].map(([, sentence]) => `${sentence}\n`)
  return { wanted: comments.join(''), settings: parseEnv(text) as Record<string, string> }
}

async function outcomeOf(settings: Record<string, string>) {
  const at = await Installation.create()
  try {
    const { code, output } = await at.refusal(settings)
    return { code, output }
  } catch (error) {
    return { code: null, output: String(error) }
  } finally {
    await at.remove()
  }
}

test.group('Configurations that contradict themselves', () => {
  test('are refused at the start, each with one sentence', async ({ assert }) => {
    assert.isAbove(names.length, 40)
    const waiting = [...names]
    const wrong: unknown[] = []
    const worker = async () => {
      for (let name = waiting.shift(); name; name = waiting.shift()) {
        const { wanted, settings } = await readCase(name)
        const { code, output } = await outcomeOf(settings)
        if (code !== 1 || output !== wanted) wrong.push({ name, code, output, wanted })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    assert.deepEqual(wrong, [])
  })

  test('a port that is taken is named', async ({ assert, cleanup }) => {
    const first = await Installation.create()
    cleanup(() => first.remove())
    await first.start()
    for (const [name, port] of [
      ['SMTP_OUT_PORT', first.smtpPort],
      ['PORT', first.webPort],
    ] as const) {
      const { code, output } = await outcomeOf({ [name]: String(port) })
      assert.equal(code, 1)
      assert.match(
        output,
        new RegExp(
          `^Cannot listen on 127\\.0\\.0\\.1:${port}, something else listens there: .*\\n$`
        )
      )
    }
  })
})
