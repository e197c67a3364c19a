import type { Database } from '@adonisjs/lucid/database'
import type { Ledger, LedgerEvent } from '#ledger'
import { transaction, type Trx } from '#transaction'
import { GroupCommit } from './group_commit.ts'

/** What a work wrote: what its caller gets, and what of it goes into the ledger. */
export interface Written<Result> {
  result: Result
  events?: LedgerEvent[]
}

/** As `transaction` takes it: it may run several times, uses `trx` for every query and waits for nothing else. */
export type Work<Result> = (trx: Trx) => Promise<Written<Result>>

/** What was committed, and when its checkpoint is published, if there is a new one. */
interface Committed {
  result: unknown
  published: () => Promise<void> | undefined
}

/** Works in one transaction at most: more gains little and makes the last one wait. */
const LARGEST_GROUP = 50

/**
 * Writes of different mails that come at the same time share a transaction: one commit, one checkpoint of the ledger, whose entries
 * are appended last. Either a work is committed whole or not at all; where one fails, the others are committed without it. The next
 * transaction does not wait until the checkpoint is published, but who wrote does.
 */
export class SharedWrites {
  readonly #commits: GroupCommit<Work<unknown>, Committed>

  constructor({ db, ledger }: { db: Database; ledger: Ledger }) {
    this.#commits = new GroupCommit(
      (works) =>
        transaction(db, async (trx) => {
          const written: Written<unknown>[] = []
          for (const work of works) written.push(await work(trx))
          let publication: Promise<void> | undefined
          await ledger.append(
            trx,
            written.flatMap(({ events }) => events ?? []),
            (given) => (publication = given)
          )
          return written.map(({ result }) => ({ result, published: () => publication }))
        }),
      LARGEST_GROUP
    )
  }

  /** @throws what `work` throws, and as `transaction`: after `E_COMMIT_UNKNOWN` it may have taken place */
  async write<Result>(work: Work<Result>): Promise<Result> {
    const { result, published } = await this.#commits.submit(work)
    await published()
    return result as Result
  }
}
