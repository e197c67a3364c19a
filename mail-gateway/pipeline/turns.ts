/** Lets so many work at a time; the others wait in the order in which they came. */
export class Turns {
  #places: number
  readonly #waiting: (() => void)[] = []

  constructor(places: number) {
    this.#places = places
  }

  /** Runs `work` once there is a place. @returns and throws what it does */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#places > 0) this.#places -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#places += 1
    }
  }
}
