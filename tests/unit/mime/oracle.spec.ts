import { readFileSync, readdirSync } from 'node:fs'
import { test } from '@japa/runner'
import { cutRandomly, generateMime, Random } from '../../mime_generator.ts'
import { differences, lines, oracle, scan } from './support.ts'

const folder = new URL('../../fixtures/mime/', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, folder))
const mails = readdirSync(folder).filter((name) => name.endsWith('.eml'))
const expected: Record<string, { parts: string[]; irregular: string[] }> = JSON.parse(
  read('expected.json').toString()
)

/** Seeds of the random messages: a range, so that a failure names the one to look at. */
const seeds = 600

test.group('MIME scanner, every fixture', () => {
  test('{$self}: parts, reasons, and the same as mailsplit')
    .with(mails)
    .run(async ({ assert }, name) => {
      const message = read(name)
      const tree = await scan(message)
      assert.deepEqual(
        { parts: lines(tree, message), irregular: tree.irregular.toSorted() },
        expected[name.replace('.eml', '')]
      )
      assert.deepEqual(differences(tree.root, await oracle(message), message), [])
    })

  test('{$self}: the same however it is cut')
    .with(mails)
    .run(async ({ assert }, name) => {
      const message = read(name)
      const whole = await scan(message)
      for (let size = 1; size <= 5; size++) {
        const pieces = Array.from({ length: Math.ceil(message.length / size) }, (_, n) =>
          message.subarray(n * size, (n + 1) * size)
        )
        assert.deepEqual(await scan(pieces), whole)
      }
      for (let at = 0; at <= message.length; at++) {
        const tree = await scan([message.subarray(0, at), message.subarray(at)])
        assert.deepEqual(lines(tree, message), lines(whole, message))
        assert.deepEqual(tree.irregular, whole.irregular)
      }
    })
})

test.group('MIME scanner, random messages', () => {
  test('the same parts and bytes as mailsplit', async ({ assert }) => {
    const wrong: string[] = []
    for (let seed = 1; seed <= seeds; seed++) {
      const message = generateMime(seed)
      const tree = await scan(message)
      const found = differences(tree.root, await oracle(message), message)
      wrong.push(...found.map((difference) => `seed ${seed}: ${difference}`))
    }
    assert.deepEqual(wrong, [])
  }).timeout(60_000)

  test('the same tree however they are cut', async ({ assert }) => {
    for (let seed = 1; seed <= seeds; seed++) {
      const message = generateMime(seed)
      const cut = await scan(cutRandomly(message, new Random(seed)))
      assert.deepEqual(cut, await scan(message), `seed ${seed}`)
    }
  }).timeout(60_000)

  test('offsets are ordered, siblings apart, children within', async ({ assert }) => {
    for (let seed = 1; seed <= seeds; seed++) {
      const { parts, size, root } = await scan(generateMime(seed))
      assert.equal(root.end, size)
      for (const part of parts) {
        const { start, bodyStart, bodyEnd, end, children } = part
        assert.isTrue(start <= bodyStart && bodyStart <= bodyEnd && bodyEnd <= end, `seed ${seed}`)
        let free = bodyStart
        for (const child of children) {
          assert.isTrue(child.start >= free && child.end <= end, `seed ${seed}, ${child.path}`)
          free = child.end
        }
        for (const field of part.headers) {
          assert.equal(field.raw.length, field.end - field.start)
          assert.isTrue(field.start >= start && field.end <= bodyStart)
        }
      }
      assert.equal(new Set(parts.map(({ path }) => path)).size, parts.length, `seed ${seed}: paths`)
    }
  }).timeout(60_000)

  test('what is generated without odd shapes has no irregularity', async ({ assert }) => {
    for (let seed = 1; seed <= 200; seed++) {
      const { irregular } = await scan(generateMime(seed, { odd: false }))
      assert.deepEqual(irregular, [], `seed ${seed}`)
    }
  })
})
