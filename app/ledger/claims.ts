import { IntegrityError } from '#errors'
import type { Findings } from './findings.ts'
import type { LedgerSigner } from './signer.ts'

interface Claim {
  place: string
  size: number
  root: Buffer
}

/**
 * What signed checkpoints claim: this size had this root. A changed history contradicts every later claim, so only the
 * first contradiction is told in full; with the last claim that held it says where the change lies.
 */
export class Claims {
  readonly #findings: Findings
  readonly #signer: LedgerSigner
  readonly #claims: Claim[] = []
  #next = 0
  #held = 0
  #broken: Claim[] = []

  constructor(findings: Findings, signer: LedgerSigner) {
    this.#findings = findings
    this.#signer = signer
  }

  /** Adds a signed note found at `place`; a bad one is a problem. Returns its size where it is good. */
  add(place: string, note: string): number | undefined {
    try {
      const { size, root } = this.#signer.open(note)
      this.#claims.push({ place, size, root })
      return size
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error
      this.#findings.add(`${place} is not a checkpoint of this ledger: ${error.message}`)
      return undefined
    }
  }

  /** Ends the adding. */
  sort(): void {
    this.#claims.sort((a, b) => a.size - b.size)
  }

  /**
   * Compares the claims about `size`; called for each size, ascending.
   *
   * @param root computes the root, or tells undefined where it cannot be known
   */
  compare(size: number, root: () => Buffer | undefined): void {
    if (this.#claims[this.#next]?.size !== size) return
    const known = root()
    for (; this.#claims[this.#next]?.size === size; this.#next++) {
      const claim = this.#claims[this.#next]!
      if (!known) continue
      if (known.equals(claim.root)) this.#held = this.#broken.length > 0 ? this.#held : size
      else this.#broken.push(claim)
    }
  }

  /** @param size entries that the database has */
  finish(size: number): void {
    const [first] = this.#broken
    if (first) {
      const others =
        this.#broken.length > 1 ? ` So do ${this.#broken.length - 1} other checkpoints.` : ''
      this.#findings.add(
        `The entries contradict ${first.place}, which was signed at size ${first.size}: ` +
          `between ${this.#held} and ${first.size - 1} they are not those that were signed.${others}`
      )
    }
    const newest = this.#claims.at(-1)
    if (newest && newest.size > size) {
      this.#findings.add(
        `The database was set back: ${newest.place} was signed at size ${newest.size}, the database has ${size} entries`
      )
    }
  }
}
