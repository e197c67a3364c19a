/** So many places; who finds none waits, in the order in which all came. */
export class Turns {
  #places: number
  readonly #waiting: (() => void)[] = []

  constructor(places: number) {
    this.#places = places
  }

  /** Runs `work` once there is a place. @returns and throws what it does */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.enter()
    try {
      return await work()
    } finally {
      this.#leave()
    }
  }

  /** Resolves with a place that is taken for good: whoever has all of them knows that nobody is at work. */
  async enter(): Promise<void> {
    if (this.#places > 0) this.#places -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  #leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#places += 1
  }
}
