import { test } from '@japa/runner'
import { canonicalJson, type LedgerEvent } from '#ledger'
import { detailHash, encodeLeaf } from '../../../app/ledger/leaf.ts'
import { leafHash } from '../../../app/ledger/merkle_tree.ts'
import { vectors } from './vectors.ts'

const { cases } = vectors<{
  cases: {
    event: Omit<LedgerEvent, 'at'> & { at: string }
    salt: string
    detailText: string
    detailHash: string
    leaf: string
    leafHash: string
  }[]
}>('leaf')

test.group('Leaf', () => {
  test('is that of the vectors', ({ assert }) => {
    for (const { event, salt, ...expected } of cases) {
      const detailText = canonicalJson(event.detail)
      const detail = detailHash(Buffer.from(salt, 'hex'), detailText)
      const leaf = encodeLeaf({ ...event, at: new Date(event.at), detail })
      assert.deepEqual(
        { detailText, detailHash: detail, leaf, leafHash: leafHash(leaf).toString('hex') },
        expected
      )
    }
  })
})
