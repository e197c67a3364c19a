/** Names that are given already, whatever their case. */
export class TakenNames {
  readonly #keys: Set<string>
  /** By the first name that was wanted, the number from which on the next one is looked for: many things have one name. */
  readonly #next = new Map<string, number>()

  constructor(names: Iterable<string> = []) {
    this.#keys = new Set(Array.from(names, nameKey))
  }

  /** The first of `candidate(1)`, `candidate(2)`, … that is free, which it then is no more. */
  take(candidate: (n: number) => string): string {
    const wanted = nameKey(candidate(1))
    for (let n = this.#next.get(wanted) ?? 1; ; n++) {
      const name = candidate(n)
      const key = nameKey(name)
      if (this.#keys.has(key)) continue
      this.#keys.add(key)
      this.#next.set(wanted, n + 1)
      return name
    }
  }
}

/** Two names with one key would be one file on some file system. */
function nameKey(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase()
}
