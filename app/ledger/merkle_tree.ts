import { hash } from 'node:crypto'

/**
 * The Merkle tree of RFC 6962, section 2.1, as arithmetic: no storage here.
 *
 * A node is named by its level (0 = leaves) and its index on that level. Only complete subtrees have nodes; whatever
 * lies over the ragged right border is folded from them. Sizes may exceed 2^31, so no bit operators.
 */
export type Position = {
  level: number
  index: number
}

export type TreeNode = Position & { hash: Buffer }

/** Leaves from `start` up to and without `end`. */
export type Range = [start: number, end: number]

export const EMPTY_ROOT = hash('sha256', '', 'buffer')

export function leafHash(leaf: string): Buffer {
  return hash('sha256', `\0${leaf}`, 'buffer')
}

const NODE = Buffer.of(1)

export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return hash('sha256', Buffer.concat([NODE, left, right]), 'buffer')
}

/**
 * The right border of a growing tree: the hashes of its complete subtrees, from the largest to the smallest. It is
 * all that is needed to append and to know the root.
 */
export class Edge {
  size: number
  readonly hashes: Buffer[]

  constructor(size = 0, hashes: Buffer[] = []) {
    this.size = size
    this.hashes = hashes
  }

  /**
   * Appends a leaf's hash and returns the nodes it completes, its own first.
   *
   * @param join hash of an inner node; the verification puts its own in place, to compare with what is stored
   */
  push(
    leaf: Buffer,
    join: (left: Buffer, right: Buffer, position: Position) => Buffer = nodeHash
  ): TreeNode[] {
    const nodes: TreeNode[] = [{ level: 0, index: this.size, hash: leaf }]
    let right = leaf
    for (let level = 1; (this.size + 1) % 2 ** level === 0; level++) {
      const position = { level, index: Math.floor(this.size / 2 ** level) }
      right = join(this.hashes.pop()!, right, position)
      nodes.push({ ...position, hash: right })
    }
    this.hashes.push(right)
    this.size++
    return nodes
  }

  root(): Buffer {
    return fold(this.hashes)
  }
}

/** Root over adjacent complete subtrees, given from the largest to the smallest. */
export function fold(hashes: Buffer[]): Buffer {
  return hashes.length === 0
    ? EMPTY_ROOT
    : hashes.reduceRight((right, left) => nodeHash(left, right))
}

/** The complete subtrees that cover a range which starts where such a subtree may start, largest first. */
export function subtrees([start, end]: Range): Position[] {
  const positions: Position[] = []
  while (start < end) {
    let level = 0
    while (start % 2 ** (level + 1) === 0 && start + 2 ** (level + 1) <= end) level++
    positions.push({ level, index: start / 2 ** level })
    start += 2 ** level
  }
  return positions
}

/** Largest power of two below `length`: where RFC 6962 splits. */
function split(length: number): number {
  let half = 1
  while (half * 2 < length) half *= 2
  return half
}

/** The ranges whose roots prove leaf `index` in the tree of `size`, from the leaf's sibling up (section 2.1.1). */
export function inclusion(index: number, size: number): Range[] {
  const ranges: Range[] = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + split(end - start)
    if (index < middle) {
      ranges.unshift([middle, end])
      end = middle
    } else {
      ranges.unshift([start, middle])
      start = middle
    }
  }
  return ranges
}

/** The ranges whose roots prove that the tree of `to` extends the tree of `from` (section 2.1.2); 0 < from <= to. */
export function consistency(from: number, to: number): Range[] {
  const ranges: Range[] = []
  let [start, end] = [0, to]
  while (from < end) {
    const middle = start + split(end - start)
    if (from <= middle) {
      ranges.unshift([middle, end])
      end = middle
    } else {
      ranges.unshift([start, middle])
      start = middle
    }
  }
  if (start > 0) ranges.unshift([start, end])
  return ranges
}

/** The root to which an inclusion proof leads. */
export function rootOf(index: number, size: number, leaf: Buffer, proof: Buffer[]): Buffer {
  return inclusion(index, size).reduce(
    (own, [start], step) =>
      start > index ? nodeHash(own, proof[step]!) : nodeHash(proof[step]!, own),
    leaf
  )
}
