/**
 * The door to the queue: how one part of Webtresor wakes another up.
 *
 * The queue is a doorbell, not a ledger. SQL holds the truth about what must be done; a job carries a name and
 * an id and means "look at this again". So a lost job loses nothing: the sweep, which runs at the start and then
 * once in a while, lists what is due in SQL and rings for it. So a job that comes twice does no harm either:
 * handlers look at the state they find and do what is left.
 *
 * Invariants
 * - Nobody waits for the queue: ring() returns soon and never throws, whatever has become of the queue. A mail
 *   that was accepted stays accepted.
 * - No two handlers of one process run for the same (name, id), and no ring is forgotten because the handler
 *   was just running. With several worker processes BullMQ keeps it so, but for workers that died or stalled;
 *   leases in SQL are what excludes double work for certain.
 * - Jobs hold no content and no addresses: an id, nothing that would have to be erased.
 *
 * `Signals` is apart: hints between processes, for whoever listens at that moment. Nobody works on them.
 *
 * Drivers share the contract (doorbell.ts) and its tests, and no code: in this process (default), and BullMQ on
 * Redis or PostgreSQL for several processes or machines. What they take is loaded by whoever asks for them: it is more code
 * than all of ours, and most installations are one process.
 *
 * It refuses: job results, priorities, progress, payloads, waiting for a job. Whoever needs these wants SQL.
 */
import { PermanentError } from '#errors'
import { type Doorbell, type DoorbellOptions } from './doorbell.ts'
import { InProcessDoorbell } from './in_process_doorbell.ts'
import type { Signals } from './signals.ts'

export { JobFailed } from './doorbell.ts'
export type { Signals } from './signals.ts'
export type {
  Doorbell,
  DoorbellHealth,
  DoorbellOptions,
  Handler,
  Retry,
  WorkOptions,
} from './doorbell.ts'

/**
 * Makes the doorbell that `url` asks for. Connections are opened in the background: a queue that is down does not
 * keep the process from starting.
 *
 * @throws PermanentError `E_QUEUE_URL` when the scheme is not supported
 */
export async function createDoorbell(options: DoorbellOptions): Promise<Doorbell> {
  const { url } = options
  if (!url) return new InProcessDoorbell(options)
  if (isRedis(url)) {
    const [{ BullDoorbell }, { RedisBackend }] = await Promise.all([
      import('./bull_doorbell.ts'),
      import('./redis_backend.ts'),
    ])
    return new BullDoorbell((onError) => new RedisBackend(url, onError), options)
  }
  if (/^postgres(ql)?:\/\//.test(url)) {
    const [{ BullDoorbell }, { PostgresBackend }] = await Promise.all([
      import('./bull_doorbell.ts'),
      import('./postgres_backend.ts'),
    ])
    return new BullDoorbell((onError) => new PostgresBackend(url, onError), options)
  }
  const scheme = url.split(':', 1)[0]
  throw new PermanentError(
    'E_QUEUE_URL',
    `QUEUE_URL with ${scheme} is not supported: use redis://…, postgres://… or leave it out`
  )
}

/** What makes signals between processes over the queue that `url` names. Connections are opened in the background, once it does. */
export async function signalsOver(
  url: string
): Promise<(onError: (error: unknown) => void) => Signals> {
  if (isRedis(url)) {
    const { RedisSignals } = await import('./redis_signals.ts')
    return (onError) => new RedisSignals(url, onError)
  }
  const { PostgresSignals } = await import('./postgres_signals.ts')
  return (onError) => new PostgresSignals(url, onError)
}

const isRedis = (url: string) => /^rediss?:\/\//.test(url)
