import type { Claims } from './claims.ts'
import type { Findings } from './findings.ts'
import { detailHash, encodeLeaf } from './leaf.ts'
import { Edge, leafHash, nodeHash, type Position } from './merkle_tree.ts'
import type { DetailedEntry, Page } from './page.ts'

/** In place of a hash that neither entry nor node tells. */
const UNKNOWN = Buffer.alloc(0)

/** Changed entries kept to tell a changed order from other changes. */
const STRANGERS_KEPT = 10_000

interface Stranger {
  index: number
  /** Hash of the entry that stands there, and of the one that the tree wants there. */
  holds: Buffer
  belongs: Buffer
  reasons: string[]
}

/**
 * Builds the tree anew from the entries, and compares each stored entry, detail and node on the way.
 *
 * Where entry and tree contradict each other, the parent node decides which of them is wrong, and the tree goes on
 * with the right one: one changed row is one problem, not one for each node above it.
 */
export class Recomputation {
  /** Entries without a detail. */
  erased = 0
  readonly #findings: Findings
  readonly #claims: Claims
  /** As the head row has it. */
  readonly #stored: Edge
  readonly #edge = new Edge()
  readonly #strangers: Stranger[] = []

  constructor(findings: Findings, claims: Claims, stored: Edge) {
    this.#findings = findings
    this.#claims = claims
    this.#stored = stored
    this.#compareClaims()
  }

  take(page: Page): void {
    for (let index = page.start; index < page.end; index++) {
      this.#edge.push(this.#leaf(page, index), (left, right, position) =>
        this.#node(page, left, right, position)
      )
      this.#compareClaims()
    }
  }

  finish(): void {
    this.#nameStrangers()
    const { size, hashes } = this.#edge
    if (size < this.#stored.size || hashes.includes(UNKNOWN)) return
    const same =
      hashes.length === this.#stored.hashes.length &&
      hashes.every((hash, position) => hash.equals(this.#stored.hashes[position]!))
    if (!same) this.#findings.add('The edge in the head is not that of the entries')
  }

  #compareClaims(): void {
    this.#claims.compare(this.#edge.size, () =>
      this.#edge.hashes.includes(UNKNOWN) ? undefined : this.#edge.root()
    )
  }

  /** The hash to go on with for leaf `index`. */
  #leaf(page: Page, index: number): Buffer {
    const entry = page.entries.get(index)
    const node = page.nodes.get(`0/${index}`)
    if (!entry) {
      this.#findings.missing(index)
      return node ?? UNKNOWN
    }
    const holds = leafHash(entry.leaf)
    if (node && !node.equals(holds) && !this.#fitsParent(page, index, holds)) {
      this.#addStranger({ index, holds, belongs: node, reasons: reasonsWithin(entry, holds) })
      return node
    }
    if (!node) this.#findings.add(`Node 0/${index} is missing`, index)
    else if (!node.equals(holds))
      this.#findings.add(`Node 0/${index} is not the hash of its entry`, index)
    this.#compareEntry(entry, holds)
    return holds
  }

  #compareEntry(entry: DetailedEntry, hash: Buffer): void {
    const { index } = entry
    const reasons = reasonsWithin(entry, hash)
    if (reasons.length > 0) this.#findings.add(changed(index, reasons), index)
    if (entry.salt === null || entry.detail === null) {
      this.erased++
    } else if (detailHash(Buffer.from(entry.salt, 'hex'), entry.detail) !== entry.detail_hash) {
      this.#findings.add(`The detail of entry ${index} was changed`, index)
    }
  }

  #fitsParent(page: Page, index: number, hash: Buffer): boolean {
    const parent = page.nodes.get(`1/${Math.floor(index / 2)}`)
    // A last leaf without a sibling has no parent; it stands in the edge itself.
    if (!parent) return this.#stored.hashes.at(-1)?.equals(hash) === true
    const isLeft = index % 2 === 0
    const sibling = isLeft ? index + 1 : index - 1
    const entry = page.entries.get(sibling)
    const candidates = [page.nodes.get(`0/${sibling}`), entry && leafHash(entry.leaf)]
    return candidates.some(
      (other) => other && (isLeft ? nodeHash(hash, other) : nodeHash(other, hash)).equals(parent)
    )
  }

  #node(page: Page, left: Buffer, right: Buffer, { level, index }: Position): Buffer {
    const stored = page.nodes.get(`${level}/${index}`)
    if (left === UNKNOWN || right === UNKNOWN) return stored ?? UNKNOWN
    const hash = nodeHash(left, right)
    if (!stored) this.#findings.add(`Node ${level}/${index} is missing`)
    else if (!stored.equals(hash)) {
      this.#findings.add(`Node ${level}/${index} is not the hash of the two below it`)
    }
    return hash
  }

  #addStranger(stranger: Stranger): void {
    if (this.#strangers.length < STRANGERS_KEPT) this.#strangers.push(stranger)
    else this.#findings.add(changed(stranger.index, stranger.reasons), stranger.index)
  }

  #nameStrangers(): void {
    const homes = new Map(
      this.#strangers.map(({ index, belongs }) => [belongs.toString('hex'), index])
    )
    for (const { index, holds, reasons } of this.#strangers) {
      const home = homes.get(holds.toString('hex'))
      const what =
        home === undefined
          ? changed(index, ['it is not the one in the tree', ...reasons])
          : `The order was changed: entry ${index} holds what was entry ${home}`
      this.#findings.add(what, index)
    }
  }
}

function changed(index: number, reasons: string[]): string {
  return `Entry ${index} was changed: ${reasons.join(', ')}`
}

/** What in the row contradicts itself. */
function reasonsWithin(entry: DetailedEntry, hash: Buffer): string[] {
  const reasons: string[] = []
  if (leafOfColumns(entry) !== entry.leaf) reasons.push('its columns are not those of its leaf')
  if (!entry.hash.equals(hash)) reasons.push('its hash is not that of its leaf')
  return reasons
}

function leafOfColumns({ type, number, at, original, detail_hash: detail }: DetailedEntry): string {
  try {
    return encodeLeaf({ type, number, at: new Date(at), original, detail })
  } catch {
    return ''
  }
}
