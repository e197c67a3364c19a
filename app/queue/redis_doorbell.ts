import { type Job, Queue, UnrecoverableError, Worker } from 'bullmq'
import { consequenceOf, PermanentError, TransientError } from '#errors'
import {
  defaults,
  type Doorbell,
  type DoorbellHealth,
  type DoorbellOptions,
  type Handler,
  JobFailed,
  settlesWithin,
  type WorkOptions,
} from './doorbell.ts'
import { RedisConnection } from './redis_connection.ts'

interface JobData {
  id: string
}

const QUEUE = 'doorbell'
const PREFIX = 'webtresor'

/** How long a ring or a question waits for Redis, in milliseconds: an SMTP client may be waiting behind it. */
const PATIENCE = 1000

/** Rings that Redis has not answered yet; beyond, it counts as down and rings are given up at once. */
const UNANSWERED = 100

/** The same complaint about Redis is reported once in this time, in milliseconds. */
const QUIET = 30_000

/** In BullMQ's set of delayed jobs the score is the due time in milliseconds times this. */
const DELAYED_SCORE = 0x1000

/** A job whose worker died this often is dropped: it probably kills workers. The sweep still finds its cause. */
const DEATHS = 5

/** The doorbell between processes: BullMQ, one queue for all names. */
export class RedisDoorbell implements Doorbell {
  readonly #options: Required<Omit<DoorbellOptions, 'url'>>
  readonly #connection: RedisConnection
  readonly #queue: Queue<JobData>
  readonly #complaints = new Map<string, number>()
  readonly #active = new Map<string, Promise<void>>()
  #worker: Worker<JobData> | undefined
  #scheduling: NodeJS.Timeout | undefined
  #unanswered = 0
  #closed = false

  constructor(url: string, options: Omit<DoorbellOptions, 'url'>) {
    this.#options = {
      onError: options.onError,
      retry: options.retry ?? defaults.retry,
      closeWithin: options.closeWithin ?? defaults.closeWithin,
      stalledAfter: options.stalledAfter ?? defaults.stalledAfter,
    }
    this.#connection = new RedisConnection(url)
    this.#connection.on('error', (error) => this.#complain(error))
    this.#queue = new Queue(QUEUE, { connection: this.#connection, prefix: PREFIX })
    this.#queue.on('error', (error) => this.#complain(error))
  }

  async ring(name: string, id: string, { delay = 0 }: { delay?: number } = {}): Promise<void> {
    if (this.#closed) return
    await this.#ask(() => this.#add(name, id, delay), `ring for ${name} ${id}`)
  }

  async work(handlers: Record<string, Handler>, options: WorkOptions = {}): Promise<void> {
    this.#worker = new Worker<JobData>(QUEUE, (job) => this.#run(job, handlers), {
      connection: this.#connection,
      prefix: PREFIX,
      concurrency: options.concurrency ?? defaults.concurrency,
      maxStalledCount: DEATHS,
      lockDuration: this.#options.stalledAfter,
      stalledInterval: this.#options.stalledAfter,
    })
    this.#worker.on('error', (error) => this.#complain(error))
    const { sweep } = options
    if (!sweep) return
    const schedule = () => this.#ask(() => this.#schedule(sweep), 'scheduling of the sweep')
    // A Redis that was emptied has forgotten the schedule too, so it is renewed as often as it rings.
    this.#scheduling = setInterval(() => void schedule(), sweep.every).unref()
    await schedule()
  }

  async health(): Promise<DoorbellHealth> {
    let waiting: number | undefined
    if (!this.#closed && this.#connection.status === 'ready') {
      const count = this.#queue.getJobCountByTypes('waiting', 'delayed', 'prioritized')
      const answer = count.then((number) => (waiting = number))
      await settlesWithin(answer, PATIENCE)
    }
    return { driver: 'redis', ok: waiting !== undefined, waiting: waiting ?? 0 }
  }

  async close(): Promise<void> {
    clearInterval(this.#scheduling)
    if (this.#worker) await this.#finish(this.#worker)
    this.#closed = true
    await settlesWithin(this.#queue.close(), PATIENCE)
    this.#connection.letGo()
  }

  /** Waits for handlers, not for Redis: BullMQ would wait for both, and for a silent Redis without end. */
  async #finish(worker: Worker<JobData>) {
    await settlesWithin(worker.pause(true), PATIENCE)
    const running = Promise.all(this.#active.values())
    const finished = await settlesWithin(running, this.#options.closeWithin)
    const force = !finished || this.#connection.status !== 'ready'
    await settlesWithin(worker.close(force), PATIENCE)
  }

  /**
   * Rings for one (name, id) are one job by BullMQ's deduplication: a ring while it runs is kept and becomes
   * a job afterwards, and an immediate one pulls a delayed job forward.
   */
  async #add(name: string, id: string, delay: number) {
    const { attempts, delay: pause } = this.#options.retry
    const key = `${name}/${id}`
    if (delay > 0 && (await this.#comesSooner(key, delay))) return
    const job = await this.#queue.add(
      name,
      { id },
      {
        delay,
        attempts,
        backoff: { type: 'exponential', delay: pause },
        deduplication: { id: key, keepLastIfActive: true, reschedule: delay === 0 },
        removeOnComplete: true,
        removeOnFail: true,
      }
    )
    if (delay > 0 && job.id) await this.#pullForward(job.id, delay)
  }

  /**
   * BullMQ keeps the latest ring of those that came while a job ran (hash `dn:<key>`), and we want the earliest:
   * a handler that rings for its own next attempt must not outdo somebody who wants it at once.
   */
  async #comesSooner(key: string, delay: number): Promise<boolean> {
    const kept = await this.#connection.hget(this.#queue.toKey(`dn:${key}`), 'opts')
    return kept !== null && ((JSON.parse(kept) as { delay?: number }).delay ?? 0) <= delay
  }

  /** BullMQ answers a ring that it merged with the job that was there already: an earlier time must win. */
  async #pullForward(jobId: string, delay: number) {
    const score = await this.#connection.zscore(this.#queue.toKey('delayed'), jobId)
    if (score === null || Number(score) / DELAYED_SCORE <= Date.now() + delay) return
    const job = await this.#queue.getJob(jobId)
    await job?.changeDelay(delay)
  }

  async #schedule(sweep: { name: string; every: number }) {
    await this.#queue.upsertJobScheduler(
      `sweep-${sweep.name}`,
      { every: sweep.every },
      { name: sweep.name, data: { id: '' }, opts: { removeOnComplete: true, removeOnFail: true } }
    )
  }

  async #run(job: Job<JobData>, handlers: Record<string, Handler>): Promise<void> {
    const { name } = job
    const { id } = job.data
    const key = `${name}/${id}`
    // Two jobs for one key meet here only by the scheduler, or after Redis lost its memory in mid-run.
    if (this.#active.has(key)) return this.#later(name, id)
    const run = this.#attempt(job, handlers[name]).finally(() => this.#active.delete(key))
    this.#active.set(key, run)
    await run
  }

  async #attempt({ name, data: { id }, attemptsMade }: Job<JobData>, handler?: Handler) {
    try {
      if (!handler) throw new PermanentError('E_NO_HANDLER', `Nobody works on "${name}"`)
      await handler(id)
    } catch (error) {
      const failure = new JobFailed(name, id, attemptsMade + 1, error)
      this.#options.onError(failure)
      throw consequenceOf(error).retry ? failure : new UnrecoverableError(failure.message)
    }
  }

  async #later(name: string, id: string) {
    if (id !== '') await this.ring(name, id, { delay: this.#options.retry.delay })
  }

  /** Talks to Redis with little patience, and reports what did not work instead of throwing it. */
  async #ask(question: () => Promise<void>, what: string) {
    const lost = (cause?: unknown) =>
      this.#complain(
        new TransientError('E_QUEUE_DOWN', `Redis is out of reach: ${what}`, { cause })
      )
    if (this.#unanswered >= UNANSWERED || !(await this.#isConnected())) return lost()
    this.#unanswered++
    const answer = question()
      .catch(lost)
      .finally(() => this.#unanswered--)
    if (!(await settlesWithin(answer, PATIENCE))) lost()
  }

  /** Waits for the very first connection only: later on, down is down. */
  async #isConnected(): Promise<boolean> {
    if (this.#connection.status === 'connecting' || this.#connection.status === 'connect') {
      await settlesWithin(this.#queue.waitUntilReady(), PATIENCE)
    }
    return this.#connection.status === 'ready'
  }

  #complain(error: unknown) {
    if (this.#closed) return
    const code = (error as { code?: string }).code ?? String(error)
    const last = this.#complaints.get(code) ?? 0
    if (Date.now() - last < QUIET) return
    this.#complaints.set(code, Date.now())
    this.#options.onError(error)
  }
}
