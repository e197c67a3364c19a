import { type Job, Queue, UnrecoverableError, Worker } from 'bullmq'
import { setTimeout as pause } from 'node:timers/promises'
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
import {
  type BullBackend,
  type BullQueue,
  type BullWorker,
  type JobData,
  QUEUE,
} from './bull_backend.ts'

/** How long a ring or a question waits for an answer, in milliseconds: an SMTP client may be waiting behind it. */
const PATIENCE = 1000

/** Rings that were not answered yet; beyond, the queue counts as down and rings are given up at once. */
const UNANSWERED = 100

/** The same complaint about the queue is reported once in this time, in milliseconds. */
const QUIET = 30_000

/** How often a queue that is down is looked for, in milliseconds. */
const LOOK_EVERY = 1000

/** A job whose worker died this often is dropped: it probably kills workers. The sweep still finds its cause. */
const DEATHS = 5

/** The doorbell between processes: BullMQ, one queue for all names. */
export class BullDoorbell implements Doorbell {
  readonly #options: Required<Omit<DoorbellOptions, 'url'>>
  readonly #backend: BullBackend
  readonly #complaints = new Map<string, number>()
  readonly #active = new Map<string, Promise<void>>()
  #queue: BullQueue | undefined
  #opening: Promise<void> | undefined
  #worker: BullWorker | undefined
  #scheduling: NodeJS.Timeout | undefined
  #unanswered = 0
  #closed = false
  #closing: Promise<void> | undefined

  constructor(
    connect: (onError: (error: unknown) => void) => BullBackend,
    options: Omit<DoorbellOptions, 'url'>
  ) {
    this.#options = {
      onError: options.onError,
      retry: options.retry ?? defaults.retry,
      closeWithin: options.closeWithin ?? defaults.closeWithin,
      stalledAfter: options.stalledAfter ?? defaults.stalledAfter,
    }
    this.#backend = connect((error) => this.#complain(error))
    this.#open().catch((error: unknown) => this.#complain(error))
  }

  async ring(name: string, id: string, { delay = 0 }: { delay?: number } = {}): Promise<void> {
    if (this.#closed) return
    await this.#ask((queue) => this.#add(queue, name, id, delay), `ring for ${name} ${id}`)
  }

  async work(handlers: Record<string, Handler>, options: WorkOptions = {}): Promise<void> {
    await settlesWithin(this.#begin(handlers, options), PATIENCE)
  }

  async health(): Promise<DoorbellHealth> {
    const { driver } = this.#backend
    const queue = this.#queue
    let waiting: number | undefined
    if (queue && !this.#closed && (await this.#backend.isUp())) {
      const count = queue.getJobCountByTypes('waiting', 'delayed', 'prioritized')
      const answer = count.then((number) => (waiting = number))
      await settlesWithin(answer, PATIENCE)
    }
    return { driver, ok: waiting !== undefined, waiting: waiting ?? 0 }
  }

  rest(): void {
    this.#worker?.pause(true).catch((error: unknown) => this.#complain(error))
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    clearInterval(this.#scheduling)
    if (this.#worker) await this.#finish(this.#worker)
    this.#closed = true
    if (this.#queue) await settlesWithin(this.#queue.close(), PATIENCE)
    this.#backend.letGo()
  }

  /** Opens the queue once what it needs is there. */
  async #open(): Promise<void> {
    if (this.#queue) return
    this.#opening ??= this.#backend
      .prepare()
      .then(async () => {
        if (this.#closed) return
        const queue = new Queue(QUEUE, this.#backend.options, this.#backend.factory)
        queue.on('error', (error) => this.#complain(error))
        await this.#ready(queue)
        this.#queue = queue
      })
      .finally(() => (this.#opening = undefined))
    await this.#opening
  }

  /** Begins to work as soon as there is a queue. */
  async #begin(handlers: Record<string, Handler>, { concurrency, sweep }: WorkOptions) {
    while (!this.#queue && !this.#closed) {
      await this.#open().catch((error: unknown) => this.#complain(error))
      if (!this.#queue) await pause(LOOK_EVERY, undefined, { ref: false })
    }
    while (!this.#worker && !this.#closed) {
      const worker = this.#makeWorker(handlers, concurrency ?? defaults.concurrency)
      await this.#ready(worker).then(
        () => (this.#worker = worker),
        (error: unknown) => this.#complain(error)
      )
      if (!this.#worker) await pause(LOOK_EVERY, undefined, { ref: false })
    }
    if (this.#closed || !this.#worker) return
    this.#worker.run().catch((error: unknown) => this.#complain(error))
    if (!sweep) return
    const schedule = () =>
      this.#ask((queue) => this.#schedule(queue, sweep), 'scheduling of the sweep')
    // A queue that was emptied has forgotten the schedule too, so it is renewed as often as it rings.
    this.#scheduling = setInterval(() => void schedule(), sweep.every).unref()
    await schedule()
    // A schedule that was there already may ring much later, and whoever starts wants to know what is due.
    await this.ring(sweep.name, '')
  }

  #makeWorker(handlers: Record<string, Handler>, concurrency: number): BullWorker {
    const worker: BullWorker = new Worker(
      QUEUE,
      (job) => this.#run(job, handlers),
      {
        ...this.#backend.options,
        autorun: false,
        concurrency,
        maxStalledCount: DEATHS,
        lockDuration: this.#options.stalledAfter,
        stalledInterval: this.#options.stalledAfter,
        runRetryDelay: LOOK_EVERY,
      },
      this.#backend.factory
    )
    worker.on('error', (error) => this.#complain(error))
    return worker
  }

  /**
   * BullMQ asks once whether its tables are there and keeps the answer: a worker that asked while PostgreSQL went down would
   * ask for jobs in a circle, without a pause. Such a one is thrown away.
   */
  async #ready(one: BullQueue | BullWorker): Promise<void> {
    try {
      await one.waitUntilReady()
    } catch (error) {
      await settlesWithin(one instanceof Worker ? one.close(true) : one.close(), PATIENCE)
      throw error
    }
  }

  /** Waits for handlers, not for the queue: BullMQ would wait for both, and for a silent one without end. */
  async #finish(worker: BullWorker) {
    await settlesWithin(worker.pause(true), PATIENCE)
    const running = Promise.all(this.#active.values())
    const finished = await settlesWithin(running, this.#options.closeWithin)
    const force = !finished || !(await this.#backend.isUp())
    await settlesWithin(worker.close(force), PATIENCE)
  }

  /**
   * Rings for one (name, id) are one job by BullMQ's deduplication: a ring while it runs is kept and becomes
   * a job afterwards, and an immediate one pulls a delayed job forward.
   */
  async #add(queue: BullQueue, name: string, id: string, delay: number) {
    const { attempts, delay: backoff } = this.#options.retry
    const key = `${name}/${id}`
    if (delay > 0 && (await this.#comesSooner(key, delay))) return
    const job = await queue.add(
      name,
      { id },
      {
        delay,
        attempts,
        backoff: { type: 'exponential', delay: backoff },
        deduplication: { id: key, keepLastIfActive: true, reschedule: delay === 0 },
        removeOnComplete: true,
        removeOnFail: true,
      }
    )
    if (delay > 0 && job.id) await this.#pullForward(queue, job.id, delay)
  }

  /**
   * BullMQ keeps the latest ring of those that came while a job ran, and we want the earliest: a handler that
   * rings for its own next attempt must not outdo somebody who wants it at once.
   */
  async #comesSooner(key: string, delay: number): Promise<boolean> {
    const kept = await this.#backend.keptDelay(key)
    return kept !== undefined && kept <= delay
  }

  /** BullMQ answers a ring that it merged with the job that was there already: an earlier time must win. */
  async #pullForward(queue: BullQueue, jobId: string, delay: number) {
    const due = await this.#backend.dueAt(jobId)
    if (due === undefined || due <= Date.now() + delay) return
    const job = await queue.getJob(jobId)
    await job?.changeDelay(delay)
  }

  async #schedule(queue: BullQueue, sweep: { name: string; every: number }) {
    await queue.upsertJobScheduler(
      `sweep-${sweep.name}`,
      { every: sweep.every },
      { name: sweep.name, data: { id: '' }, opts: { removeOnComplete: true, removeOnFail: true } }
    )
  }

  async #run(job: Job<JobData>, handlers: Record<string, Handler>): Promise<void> {
    const { name } = job
    const { id } = job.data
    const key = `${name}/${id}`
    // Two jobs for one key meet here only by the scheduler, or after the queue lost its memory in mid-run.
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

  /** Talks to the queue with little patience, and reports what did not work instead of throwing it. */
  async #ask(question: (queue: BullQueue) => Promise<void>, what: string) {
    const lost = (cause?: unknown) =>
      this.#complain(
        new TransientError('E_QUEUE_DOWN', `The queue is out of reach: ${what}`, { cause })
      )
    if (this.#unanswered >= UNANSWERED || !(await this.#backend.isUp())) return lost()
    this.#unanswered++
    const answer = this.#open()
      .then(() => (this.#queue ? question(this.#queue) : undefined))
      .catch(lost)
      .finally(() => this.#unanswered--)
    if (!(await settlesWithin(answer, PATIENCE))) lost()
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
