/** What a worker does for a name. Runs again for the same id must be harmless: any ring may come twice. */
export type Handler = (id: string) => Promise<void>

export interface WorkOptions {
  /** How many handlers run at a time in this process, over all names. Default 4. */
  concurrency?: number
  /** Calls the handler `name` with the empty id at once and then every `every` milliseconds. */
  sweep?: { name: string; every: number }
}

export interface DoorbellHealth {
  driver: string
  /** Whether rings reach workers right now. */
  ok: boolean
  /** Jobs that wait for their turn or their time; 0 where that cannot be learned. */
  waiting: number
}

/**
 * Wakes workers up.
 *
 * - `ring` is best effort. It never throws, and where the queue is out of reach it gives up within a second or two;
 *   the loss is reported, and the sweep makes up for it.
 * - Rings for one (name, id) are one job: the earliest time counts. At most one handler runs for it at a time;
 *   a ring that comes while it runs causes exactly one more run afterwards.
 * - A handler that throws is called again after growing pauses, unless consequenceOf(error) says that trying
 *   again is of no use or the attempts are used up. Every failure is reported.
 * - `close` takes no new jobs, waits a limited time for the running ones, and lets go of all connections.
 */
export interface Doorbell {
  ring(name: string, id: string, options?: { delay?: number }): Promise<void>
  work(handlers: Record<string, Handler>, options?: WorkOptions): Promise<void>
  health(): Promise<DoorbellHealth>
  /** Begins no more jobs, but for one that was asked of a queue outside already. Those under way go on, and rings are taken. */
  rest(): void
  close(): Promise<void>
}

export interface DoorbellOptions {
  /** `redis://…`, `rediss://…` or `postgres://…`; without it, everything stays in this process. */
  url?: string
  /** Gets what goes wrong in the background: handlers that fail (JobFailed), rings that got lost, the queue down. */
  onError: (error: unknown) => void
  /** Attempts per job, and the pause after the first one in milliseconds, which doubles. Default 8 and 1000. */
  retry?: Retry
  /** How long `close` waits for running handlers, in milliseconds. Default 30 s. */
  closeWithin?: number
  /** After how long without a sign of life a worker process counts as dead and its jobs go to others. Default 40 s. */
  stalledAfter?: number
}

export interface Retry {
  attempts: number
  delay: number
}

export const defaults = {
  concurrency: 4,
  retry: { attempts: 8, delay: 1000 },
  closeWithin: 30_000,
  stalledAfter: 40_000,
}

/** A handler threw; `cause` says what. */
export class JobFailed extends Error {
  readonly job: string
  readonly id: string
  readonly attempt: number

  constructor(job: string, id: string, attempt: number, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`Job ${job} ${id} failed at attempt ${attempt}: ${reason}`, { cause })
    this.name = 'JobFailed'
    this.job = job
    this.id = id
    this.attempt = attempt
  }
}

/** Resolves true when `work` settled within `limit` milliseconds, whatever came of it. */
export async function settlesWithin(work: Promise<unknown>, limit: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limit)
  })
  const settled = work.then(
    () => true,
    () => true
  )
  const inTime = await Promise.race([settled, late])
  clearTimeout(timer)
  return inTime
}
