export interface LedgerProblem {
  /** Entry that it is about, where it is about one. */
  index?: number
  /** One sentence. */
  what: string
}

/** Problems kept; more are only counted, so that a ruined database does not fill the memory. */
const KEPT = 1000

/** Collects what a verification finds; entries that are missing in a row become one problem. */
export class Findings {
  readonly #problems: LedgerProblem[] = []
  #more = 0
  #gap: { from: number; to: number } | undefined

  add(what: string, index?: number): void {
    if (this.#problems.length >= KEPT) this.#more++
    else this.#problems.push(index === undefined ? { what } : { index, what })
  }

  /** Entries from `from` up to and with `to` are missing; called in ascending order. */
  missing(from: number, to = from): void {
    if (this.#gap?.to === from - 1) {
      this.#gap.to = to
    } else {
      this.#close()
      this.#gap = { from, to }
    }
  }

  /** All problems: those about the whole first, the others by entry. */
  report(): LedgerProblem[] {
    this.#close()
    const sorted = this.#problems.sort((a, b) => (a.index ?? -1) - (b.index ?? -1))
    return this.#more === 0 ? sorted : [...sorted, { what: `And ${this.#more} more problems` }]
  }

  #close(): void {
    if (!this.#gap) return
    const { from, to } = this.#gap
    this.#gap = undefined
    this.add(
      from === to ? `Entry ${from} is missing` : `Entries ${from} to ${to} are missing`,
      from
    )
  }
}
