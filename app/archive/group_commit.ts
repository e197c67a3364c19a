import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { commitUnknown } from '#transaction'

interface Pending<Item, Result> {
  item: Item
  resolve(result: Result): void
  reject(error: unknown): void
}

/**
 * Commits items that arrive together in one transaction: a disk that does 200 fsyncs a second then takes far
 * more than 200 mails a second, and a lone item waits for nobody.
 *
 * What is submitted in one turn of the event loop goes together, and while one batch commits, others gather for the
 * next. A batch that fails is tried item by item, so that one bad item cannot fail its neighbours; but not one whose
 * commit may have taken place, since it would be twice.
 */
export class GroupCommit<Item, Result> {
  #waiting: Pending<Item, Result>[] = []
  #running = false
  #commit: (items: Item[]) => Promise<Result[]>
  #largest: number

  /**
   * @param commit commits all items or none, and returns one result per item in their order
   * @param largest how many items one transaction takes at most
   */
  constructor(commit: (items: Item[]) => Promise<Result[]>, largest: number) {
    this.#commit = commit
    this.#largest = largest
  }

  /** Resolves when the item is committed; rejects with what its commit threw. */
  submit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (!this.#running) void this.#run()
    })
  }

  async #run() {
    this.#running = true
    while (this.#waiting.length > 0) {
      await turnOfTheLoop()
      const batch = this.#waiting.splice(0, this.#largest)
      try {
        const results = await this.#commit(batch.map(({ item }) => item))
        batch.forEach(({ resolve }, position) => resolve(results[position]!))
      } catch (error) {
        if (batch.length === 1 || commitUnknown(error)) batch.forEach(({ reject }) => reject(error))
        else await this.#oneByOne(batch)
      }
    }
    this.#running = false
  }

  async #oneByOne(batch: Pending<Item, Result>[]) {
    for (const { item, resolve, reject } of batch) {
      await this.#commit([item]).then((results) => resolve(results[0]!), reject)
    }
  }
}
