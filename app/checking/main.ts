/**
 * #checking: what lies in a vault and was not looked at yet is looked at.
 *
 * One reading of a file gives its digests (SHA-256, CRC-32), which are not known of what came in pieces, and the scanner's
 * verdict. Equal bytes under several names, as copies are, are looked at once and judged together.
 *
 *   pending ──> clean · infected · unchecked (the scanner cannot look inside; a person may let it out)
 *       └────── unscanned where scanning is off
 *
 * Invariants
 * - A file leaves its vault only after it was judged; while the scanner does not answer it waits, says so, and is tried again.
 * - What was infected becomes downloadable by a clean scan only: any other outcome leaves it as it is.
 * - A lease in SQL sees to it that one worker looks at a file; what a crash left is due again, and `due` finds it.
 *
 * It refuses to judge attachments of mails, which the gateway looks at together with the mail; and to tell anybody: #vault
 * notes what happened, and others hear of it.
 */
import type { Database } from '@adonisjs/lucid/database'
import type { Blobs, Digests } from '#blobs'
import { IntegrityError, NotFound } from '#errors'
import type { Doorbell } from '#queue'
import type { Scanning, Verdict } from '#scanning'
import { telemetry } from '#telemetry'
import { transaction } from '#transaction'
import type { Unjudged, Vaults } from '#vault'
import { Claim } from './claim.ts'

export interface CheckingOptions {
  db: Database
  blobs: Blobs
  vaults: Vaults
  scanning: Scanning
  doorbell: Pick<Doorbell, 'ring'>
  now?: () => Date
}

/** Rings in one sweep at most: the next one comes soon. */
const SWEEP_SIZE = 500

/** The job that looks at a blob, by its id. */
const JOB = 'check'

/** Until bytes that are damaged are read again, in milliseconds: a restored disk may have them. */
const DAMAGED_PAUSE = 24 * 60 * 60 * 1000

type Outcome =
  | { verdict: 'clean' | 'infected' | 'unchecked' | 'unscanned'; detail: string | null }
  | { waits: string }

export class Checking {
  readonly #options: CheckingOptions
  readonly #now: () => Date

  constructor(options: CheckingOptions) {
    this.#options = options
    this.#now = options.now ?? (() => new Date())
  }

  /** Has a worker look at a blob. */
  ring(blob: string): void {
    void this.#options.doorbell.ring(JOB, blob)
  }

  /** What a worker does for this module, by the name of the job. */
  get jobs() {
    return { [JOB]: (blob: string) => this.check(blob) }
  }

  /** Rings for what waits and is due: what was never rung for, and what a crash left. For the sweep. */
  async sweep(): Promise<void> {
    for (const blob of await this.#options.vaults.verdicts.unjudged(SWEEP_SIZE)) {
      await this.#options.doorbell.ring(JOB, blob)
    }
  }

  /** Looks at a blob for all versions that wait for it. Returns at once when none does, or another worker is at it. */
  async check(blob: string): Promise<void> {
    const { db, vaults, doorbell } = this.#options
    if ((await vaults.verdicts.unjudgedOf(blob)).length === 0) return
    const claim = await Claim.take(db, blob, this.#now().getTime())
    if (!claim) return
    try {
      const waits = await this.#look(blob)
      if (waits === undefined) return
      const pause = await claim.postpone(this.#now().getTime())
      await doorbell.ring(JOB, blob, { delay: pause })
    } catch (error) {
      // Shredded in between: nobody waits any more.
      if (error instanceof NotFound) return
      if (error instanceof IntegrityError) {
        await this.#say(blob, 'damaged')
        await claim.postpone(this.#now().getTime(), DAMAGED_PAUSE)
      }
      throw error
    } finally {
      await claim.close()
    }
  }

  /** @returns why it must wait, or nothing when it was judged */
  async #look(blob: string): Promise<string | undefined> {
    const { blobs, scanning } = this.#options
    const mode = await scanning.mode()
    if (mode === 'down') return this.#say(blob, 'scanner_down')
    const reading = blobs.digesting(blob)
    const outcome: Outcome =
      mode === 'off'
        ? { verdict: 'unscanned', detail: null }
        : outcomeOf(await scanning.scanStream(reading.stream()))
    if ('waits' in outcome) return this.#say(blob, 'scanner_down')
    await this.#judge(blob, outcome, await reading.finish())
    return undefined
  }

  async #judge(
    blob: string,
    { verdict, detail }: Exclude<Outcome, { waits: string }>,
    digests: Digests
  ): Promise<void> {
    const { db, blobs, vaults } = this.#options
    await transaction(db, async (trx) => {
      await blobs.recordDigests(trx, blob, digests)
      const waiting = await vaults.verdicts.unjudgedOf(blob, trx)
      const isClean = verdict === 'clean'
      const judged = waiting.filter((one) => isClean || !one.wasInfected).map(idOf)
      const stillInfected = waiting.filter((one) => !isClean && one.wasInfected).map(idOf)
      await vaults.verdicts.judge(trx, judged, verdict, detail, digests)
      await vaults.verdicts.judge(trx, stillInfected, 'infected', detail, digests)
      telemetry.checked({ versions: waiting.length, status: verdict })
    })
  }

  /** Lets those who look at the file know why it waits. */
  async #say(blob: string, why: string): Promise<string> {
    const { db, vaults } = this.#options
    const waiting = await vaults.verdicts.unjudgedOf(blob)
    const unsaid = waiting.filter(({ detail }) => detail !== why).map(idOf)
    if (unsaid.length > 0) {
      await transaction(db, (trx) => vaults.verdicts.judge(trx, unsaid, 'pending', why))
    }
    return why
  }
}

const idOf = ({ version }: Unjudged) => version

function outcomeOf(verdict: Verdict): Outcome {
  switch (verdict.status) {
    case 'clean':
      return { verdict: 'clean', detail: null }
    case 'infected':
      return { verdict: 'infected', detail: verdict.signature }
    case 'unchecked':
      return { verdict: 'unchecked', detail: verdict.reason }
    case 'unavailable':
      return { waits: verdict.reason }
  }
}
