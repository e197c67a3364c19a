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

/** Works in one transaction at most: more gains little and makes the last one wait. */
const LARGEST_GROUP = 50

/**
 * Writes of different mails that come at the same time share a transaction: one commit, one checkpoint of the ledger, whose entries
 * are appended last. Either a work is committed whole or not at all; where one fails, the others are committed without it. The
 * checkpoint is published afterwards, and nobody waits for it: what is committed is in the ledger.
 */
export class SharedWrites {
  readonly #commits: GroupCommit<Work<unknown>, unknown>

  constructor({ db, ledger }: { db: Database; ledger: Ledger }) {
    this.#commits = new GroupCommit(
      (works) =>
        transaction(db, async (trx) => {
          const written: Written<unknown>[] = []
          for (const work of works) written.push(await work(trx))
          const events = written.flatMap((one) => one.events ?? [])
          await ledger.append(trx, events, { meanwhile: true })
          return written.map(({ result }) => result)
        }),
      LARGEST_GROUP
    )
  }

  /** @throws what `work` throws, and as `transaction`: after `E_COMMIT_UNKNOWN` it may have taken place */
  async write<Result>(work: Work<Result>): Promise<Result> {
    return (await this.#commits.submit(work)) as Result
  }
}
