import { test } from '@japa/runner'
import fc from 'fast-check'
import { canonicalJson, type Json } from '#ledger'
import { vectors } from './vectors.ts'

const { accepted, refused } = vectors<{
  accepted: { value: Json; text: string }[]
  refused: { json: string }[]
}>('canonical_json')

const plain = fc.object({
  values: [fc.maxSafeInteger(), fc.string({ unit: 'grapheme' }), fc.boolean(), fc.constant(null)],
  key: fc.string({ unit: 'grapheme' }),
  maxDepth: 4,
})

/** The same value with the members of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (value === null || typeof value !== 'object') return value
  const members = Object.entries(value).map(([key, member]) => [key, reversed(member)])
  return Object.fromEntries(members.toReversed())
}

test.group('Canonical JSON', () => {
  test('has one text for each value of the vectors', ({ assert }) => {
    for (const { value, text } of accepted) assert.equal(canonicalJson(value), text)
  })

  test('refuses what has no exact text', ({ assert }) => {
    for (const { json } of refused) {
      assert.throws(() => canonicalJson(JSON.parse(json)), /^Canonical JSON cannot hold/)
    }
  })

  test('is JSON of the same value, whatever the order of members', ({ assert }) => {
    fc.assert(
      fc.property(plain, (value) => {
        const text = canonicalJson(value as Json)
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
        assert.equal(canonicalJson(reversed(value) as Json), text)
      })
    )
  })
})
