import { test } from '@japa/runner'
import {
  applyRecipe,
  decodeRecipe,
  encodeRecipe,
  recipeSize,
  type RecipeStep,
} from '../../../app/archive/recipe.ts'

const original = Buffer.from('0123456789')

async function* pieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const read = (start: number, end: number) => pieces(original.subarray(start, end), 3)

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const one of source) found.push(one)
  return found
}

const recipe: RecipeStep[] = [
  { insert: Buffer.from('<') },
  { copy: [0, 3] },
  { insert: Buffer.from('-') },
  { copy: [7, 3] },
]

test.group('Recipe', () => {
  test('makes the form from copies and inserts', async ({ assert }) => {
    assert.equal(Buffer.concat(await all(applyRecipe(read, recipe))).toString(), '<012-789')
    assert.equal(await recipeSize(recipe), 8)
  })

  test('comes back from its serial form, cut anywhere', async ({ assert }) => {
    const large: RecipeStep[] = [
      { copy: [2 ** 40 + 5, 2 ** 53 - 1] },
      { copy: [127, 128] },
      { insert: Buffer.alloc(65_536, 'x') },
    ]
    const bytes = Buffer.concat(await all(encodeRecipe([...recipe, ...large])))
    for (const size of [1, 2, 7, bytes.length]) {
      assert.deepEqual(await all(decodeRecipe(pieces(bytes, size))), [...recipe, ...large])
    }
  })

  test('an insert of any size is written in pieces that fit into memory', async ({ assert }) => {
    const insert = Buffer.alloc(200_001, 'y')
    const steps = await all(decodeRecipe(encodeRecipe([{ insert }])))
    const parts = steps.map((step) => ('insert' in step ? step.insert : Buffer.alloc(0)))
    assert.isTrue(parts.every((part) => part.length <= 65_536))
    assert.isTrue(Buffer.concat(parts).equals(insert))
  })

  test('the serial form is the one that is specified', async ({ assert }) => {
    const bytes = Buffer.concat(await all(encodeRecipe([{ copy: [300, 5] }, recipe[0]!])))
    assert.equal(
      bytes.toString('hex'),
      Buffer.from('WTR1').toString('hex') + '01ac0205' + '02013c' + '00'
    )
  })

  test('refuses what is no whole recipe', async ({ assert }) => {
    const bytes = Buffer.concat(await all(encodeRecipe(recipe)))
    const broken = [
      ...Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length)),
      Buffer.concat([bytes, Buffer.from([0])]),
      Buffer.from('WTR2\0'),
      Buffer.from('WTR1\x07'),
      Buffer.concat([Buffer.from('WTR1\x01'), Buffer.alloc(9, 0xff)]),
      Buffer.concat([Buffer.from('WTR1\x02'), Buffer.from([0xff, 0xff, 0x7f])]),
    ]
    for (const wrong of broken) {
      const error = await all(decodeRecipe(pieces(wrong, 100))).catch((caught: unknown) => caught)
      assert.propertyVal(error, 'code', 'E_RECIPE')
    }
  })

  test('refuses an original that is too short', async ({ assert }) => {
    const error = await all(applyRecipe(read, [{ copy: [8, 5] }])).catch(
      (caught: unknown) => caught
    )
    assert.propertyVal(error, 'code', 'E_RECIPE')
  })

  test('lets its source go when the reader stops early', async ({ assert }) => {
    let closed = false
    async function* source() {
      try {
        yield* encodeRecipe(recipe)
      } finally {
        closed = true
      }
    }
    const steps = decodeRecipe(source())
    await steps.next()
    await steps.return()
    assert.isTrue(closed)
  })
})
