/** One write among many: the n-th, from 1, and whether it fails before or after it took place. */
export interface Fault {
  nth: number
  when: 'before' | 'after'
  /** Every write behind it fails too, as on a disk that is gone. Otherwise they succeed. */
  lasting?: boolean
}

/**
 * Counts writes that pass through it, and breaks one of them. Armed with nothing it only writes down their names, which is how
 * a test learns what there is to break.
 */
export class Breaker {
  /** Names of the writes so far, in order. */
  readonly passed: string[] = []
  /** Name of the write that was broken first. */
  broken: string | undefined
  #fault: Fault | undefined

  constructor(fault?: Fault) {
    this.#fault = fault
  }

  /** Begins to count anew, with this fault. */
  arm(fault: Fault | undefined): void {
    this.passed.length = 0
    this.broken = undefined
    this.#fault = fault
  }

  /** A write that is done when it returns. @throws what `failure` makes, when this is the write to be broken */
  now<T>(name: string, write: () => T, failure = () => new Error('broken')): T {
    const when = this.#turn(name)
    if (when === 'before') throw failure()
    const result = write()
    if (when === 'after') throw failure()
    return result
  }

  /** As `now`, for a write that takes its time. */
  async later<T>(
    name: string,
    write: () => Promise<T>,
    failure = () => new Error('broken')
  ): Promise<T> {
    const when = this.#turn(name)
    if (when === 'before') throw failure()
    const result = await write()
    if (when === 'after') throw failure()
    return result
  }

  #turn(name: string): Fault['when'] | undefined {
    this.passed.push(name)
    if (this.broken !== undefined) return this.#fault?.lasting ? 'before' : undefined
    if (this.passed.length !== this.#fault?.nth) return undefined
    this.broken = name
    return this.#fault.when
  }
}
