import type { Archive, Claim } from '#archive'
import type { Blobs } from '#blobs'
import type { Deliveries } from '#delivery'
import { isOutage, Refused, WebtresorError } from '#errors'
import type { Links } from '#links'
import type { Post } from '#post'
import type { Scanning } from '#scanning'
import { telemetry } from '#telemetry'
import type { Trx } from '#transaction'
import type { Vaults } from '#vault'
import { deposit } from './pipeline/deposit.ts'
import { inspect } from './pipeline/inspect.ts'
import { relay } from './pipeline/relay.ts'
import { compose } from './pipeline/compose.ts'
import { isForPrograms, tellSender, type LetterKind } from './pipeline/letters.ts'
import { scan } from './pipeline/scan.ts'
import type { SecondOpinions } from './opinions/second_opinions.ts'
import type { Courier } from './relay/courier.ts'
import type { Policy } from './rewrite/plan.ts'
import { Turns } from './turns.ts'

/** What processing a mail needs. Steps take it whole; each uses its part. */
export interface PipelineOptions {
  archive: Archive
  blobs: Blobs
  deliveries: Deliveries
  links: Links
  post: Post
  scanning: Scanning
  opinions: SecondOpinions
  vaults: Vaults
  /** Nothing where outgoing mail has nowhere to go: then it is prepared and held. */
  courier: Courier | undefined
  /** Read anew for each mail: domains may be added while the gateway runs. */
  policy: () => Promise<Policy>
  /** Our name in `Received` and in EHLO. */
  hostname: string
  language: 'de' | 'en'
  /** Says problems of a mail's structure, which are stored as slugs, in `language`. */
  problemsInWords?: (problems: string) => string
  now?: () => Date
}

export type Context = PipelineOptions & { claim: Claim; now: () => Date }

/** What a step says: go on, or the mail is held or waits, and this run ends. */
export type StepResult = 'next' | 'stop'

type Step = (context: Context) => Promise<StepResult>

const steps: Step[] = [inspect, deposit, scan, compose, relay]

async function takeSteps(context: Context): Promise<void> {
  for (const step of steps) {
    if ((await step(context)) === 'stop') return
  }
}

/** A larger mail takes some megabytes of memory while it is worked on, whatever its size: few are at a time. Bytes. */
const SMALL = 1024 * 1024
const LARGE_AT_ONCE = 8

/** The mail that tells the sender about his, to be written where the step writes its result. */
export async function telling(
  context: Context,
  kind: LetterKind,
  found: string
): Promise<(trx: Trx) => Promise<void>> {
  const { post, policy, language, claim, problemsInWords } = context
  const { localDomains } = await policy()
  const { message } = claim
  const explanation = isForPrograms(kind) ? (problemsInWords?.(found) ?? found) : found
  return (trx) => tellSender(post, trx, { kind, message, language, explanation, localDomains })
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? `${error.name} ${code}` : error.name
}

const isLost = (error: unknown) => error instanceof Refused && error.code === 'E_CLAIM_LOST'

/** Waits after a failure of our own, in milliseconds, by how often the mail has waited already. */
const failurePause = (attempts: number) => Math.min(5000 * 2 ** Math.min(attempts, 10), 15 * 60_000)

/**
 * The life of a mail after it was accepted: inspect, deposit, scan, compose, relay.
 *
 * Each step looks at what stands in the tables and does what is missing, so that running it twice does nothing twice;
 * recovery after a crash is simply the next run. Which run happens is decided by the claim: one worker per mail.
 */
export class Pipeline {
  #options: PipelineOptions
  #large = new Turns(LARGE_AT_ONCE)

  constructor(options: PipelineOptions) {
    this.#options = options
  }

  /** Does what can be done for message `id` now. Returns at once when it is not due or in other hands. */
  async process(id: string): Promise<void> {
    const claim = await this.#options.archive.claim(Number(id))
    if (!claim) return
    const now = this.#options.now ?? (() => new Date())
    const context = { ...this.#options, claim, now }
    try {
      if (claim.message.size <= SMALL) await takeSteps(context)
      else await this.#large.take(() => takeSteps(context))
    } catch (error) {
      await this.#failed(context, error)
    } finally {
      await claim.close()
    }
  }

  /**
   * A failure that passes makes the mail wait; any other holds it. It never leaves by accident (rule 7). Errors that are
   * not ours may quote statements and paths: those are for the log, not for the sender and the ledger.
   */
  async #failed(context: Context, error: unknown): Promise<void> {
    if (isLost(error)) return
    const { claim, now } = context
    const { number, attempts } = claim.message
    telemetry.failed({ what: `process message ${number}`, error })
    const explanation = error instanceof WebtresorError ? error.message : nameOf(error)
    try {
      if (isOutage(error)) {
        const until = new Date(now().getTime() + failurePause(attempts))
        await claim.wait('outage', explanation, until)
      } else {
        const tell = await telling(context, 'rewrite_failed', explanation)
        await claim.hold('rewrite_failed', explanation, tell)
      }
    } catch (unwritten) {
      // A commit that failed may have taken place all the same, and then the mail has its new state.
      if (!isLost(unwritten)) throw unwritten
    }
  }
}
