import { test } from '@japa/runner'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import {
  consistency,
  Edge,
  EMPTY_ROOT,
  fold,
  inclusion,
  leafHash,
  rootOf,
  subtrees,
  type Range,
} from '../../../app/ledger/merkle_tree.ts'
import { vectors } from './vectors.ts'

const vector = vectors<{
  leaves: string[]
  roots: string[]
  inclusion: { index: number; size: number; hashes: string[] }[]
  consistency: { from: number; to: number; hashes: string[] }[]
}>('merkle_tree')

const hex = (hashes: Buffer[]) => hashes.map((hash) => hash.toString('hex'))

/** A tree grown leaf by leaf, with all its nodes, as the tables hold them. */
function grow(leaves: Buffer[]) {
  const edge = new Edge()
  const nodes = new Map<string, Buffer>()
  const roots = [edge.root()]
  for (const leaf of leaves) {
    for (const { level, index, hash } of edge.push(leaf)) nodes.set(`${level}/${index}`, hash)
    roots.push(edge.root())
  }
  const rootsOf = (ranges: Range[]) =>
    ranges.map((range) =>
      fold(subtrees(range).map(({ level, index }) => nodes.get(`${level}/${index}`)!))
    )
  return { edge, nodes, roots, rootsOf }
}

/** The definitions of RFC 6962 section 2.1, word for word, over hashes of leaves. */
const naive = {
  join: (left: Buffer, right: Buffer) =>
    createHash('sha256')
      .update(Buffer.concat([Buffer.from([1]), left, right]))
      .digest(),
  half: (count: number) => 2 ** Math.ceil(Math.log2(count) - 1),
  root(leaves: Buffer[]): Buffer {
    if (leaves.length === 0) return createHash('sha256').digest()
    if (leaves.length === 1) return leaves[0]!
    const k = naive.half(leaves.length)
    return naive.join(naive.root(leaves.slice(0, k)), naive.root(leaves.slice(k)))
  },
  path(m: number, leaves: Buffer[]): Buffer[] {
    if (leaves.length === 1) return []
    const k = naive.half(leaves.length)
    const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
    return m < k
      ? [...naive.path(m, left), naive.root(right)]
      : [...naive.path(m - k, right), naive.root(left)]
  },
  proof(m: number, leaves: Buffer[], whole = true): Buffer[] {
    if (m === leaves.length) return whole ? [] : [naive.root(leaves)]
    const k = naive.half(leaves.length)
    const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
    return m <= k
      ? [...naive.proof(m, left, whole), naive.root(right)]
      : [...naive.proof(m - k, right, false), naive.root(left)]
  },
}

const manyLeaves = (count: number) =>
  Array.from({ length: count }, (_, index) => leafHash(`leaf ${index}`))

const count = fc.integer({ min: 1, max: 200 })

test.group('Merkle tree', () => {
  test('has the roots and proofs of the vectors', ({ assert }) => {
    const leaves = vector.leaves.map((leaf) =>
      createHash('sha256').update('\0').update(Buffer.from(leaf, 'hex')).digest()
    )
    const tree = grow(leaves)
    assert.deepEqual(hex(tree.roots), vector.roots)
    for (const { index, size, hashes } of vector.inclusion) {
      assert.deepEqual(hex(tree.rootsOf(inclusion(index, size))), hashes)
    }
    for (const { from, to, hashes } of vector.consistency) {
      assert.deepEqual(hex(tree.rootsOf(consistency(from, to))), hashes)
    }
  })

  test('of nothing has the root of nothing', ({ assert }) => {
    assert.isTrue(new Edge().root().equals(EMPTY_ROOT))
    assert.equal(EMPTY_ROOT.toString('hex'), vector.roots[0])
  })

  test('equals the definition at every size', ({ assert }) => {
    fc.assert(
      fc.property(count, (size) => {
        const leaves = manyLeaves(size)
        const { roots, nodes, edge } = grow(leaves)
        assert.isTrue(roots[size]!.equals(naive.root(leaves)))
        assert.isBelow(nodes.size, 2 * size)
        assert.deepEqual(
          subtrees([0, size]).map(({ level, index }) => nodes.get(`${level}/${index}`)),
          edge.hashes
        )
      })
    )
  })

  test('proves inclusion and consistency as the definition does', ({ assert }) => {
    fc.assert(
      fc.property(count, count, (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const leaves = manyLeaves(to)
        // Two leaves more: proofs are about earlier trees, too.
        const { roots, rootsOf } = grow([...leaves, leafHash('x'), leafHash('y')])

        const path = rootsOf(inclusion(from - 1, to))
        assert.deepEqual(hex(path), hex(naive.path(from - 1, leaves)))
        assert.isTrue(rootOf(from - 1, to, leaves[from - 1]!, path).equals(roots[to]!))
        assert.deepEqual(hex(rootsOf(consistency(from, to))), hex(naive.proof(from, leaves)))
      })
    )
  })

  test('does its arithmetic beyond 2^31 leaves', ({ assert }) => {
    const size = 2 ** 40 + 2 ** 33 + 5
    assert.deepEqual(subtrees([0, size]), [
      { level: 40, index: 0 },
      { level: 33, index: 2 ** 7 },
      { level: 2, index: 2 ** 38 + 2 ** 31 },
      { level: 0, index: size - 1 },
    ])
    assert.lengthOf(inclusion(2 ** 39, size), 41)
    const edge = new Edge(
      size,
      [1, 2, 3, 4].map((byte) => Buffer.alloc(32, byte))
    )
    assert.deepEqual(
      edge.push(leafHash('')).map(({ level, index }) => [level, index]),
      [
        [0, size],
        [1, 2 ** 39 + 2 ** 32 + 2],
      ]
    )
  })
})
