import { consequenceOf, PermanentError } from '#errors'
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

interface Job {
  key: string
  name: string
  id: string
  /** When it may run, in milliseconds since the epoch. */
  due: number
  attempt: number
  running: boolean
  /** The earliest ring that came while it ran. */
  again?: number
  timer?: NodeJS.Timeout
}

/** Longest delay of a timer; a job due later is merely looked at early. */
const LONGEST_TIMER = 2 ** 31 - 1

/** The doorbell of a single process: a map of jobs and their timers. What it forgets at exit, the sweep finds. */
export class InProcessDoorbell implements Doorbell {
  readonly #options: Required<Omit<DoorbellOptions, 'url' | 'stalledAfter'>>
  readonly #jobs = new Map<string, Job>()
  readonly #running = new Set<Promise<void>>()
  #ready: Job[] = []
  #handlers: Record<string, Handler> | undefined
  #concurrency = defaults.concurrency
  #sweep: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: Omit<DoorbellOptions, 'url'>) {
    this.#options = {
      onError: options.onError,
      retry: options.retry ?? defaults.retry,
      closeWithin: options.closeWithin ?? defaults.closeWithin,
    }
  }

  async ring(name: string, id: string, { delay = 0 }: { delay?: number } = {}): Promise<void> {
    if (this.#closed) return
    const key = JSON.stringify([name, id])
    const due = Date.now() + delay
    const job = this.#jobs.get(key)
    if (!job) {
      this.#await({ key, name, id, due, attempt: 0, running: false })
    } else if (job.running) {
      job.again = Math.min(job.again ?? Infinity, due)
    } else if (due < job.due) {
      job.due = due
      this.#await(job)
    }
  }

  async work(handlers: Record<string, Handler>, options: WorkOptions = {}): Promise<void> {
    this.#handlers = handlers
    this.#concurrency = options.concurrency ?? defaults.concurrency
    const { sweep } = options
    if (sweep) {
      await this.ring(sweep.name, '')
      this.#sweep = setInterval(() => void this.ring(sweep.name, ''), sweep.every).unref()
    }
    this.#startReady()
  }

  async health(): Promise<DoorbellHealth> {
    const waiting = [...this.#jobs.values()].filter((job) => !job.running).length
    return { driver: 'in-process', ok: !this.#closed, waiting }
  }

  rest(): void {
    this.#handlers = undefined
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#sweep)
    for (const job of this.#jobs.values()) clearTimeout(job.timer)
    this.#ready = []
    await settlesWithin(Promise.all(this.#running), this.#options.closeWithin)
    this.#jobs.clear()
  }

  /** Starts the job when its time has come: never inside ring() itself, which must return first. */
  #await(job: Job) {
    this.#jobs.set(job.key, job)
    clearTimeout(job.timer)
    const wait = Math.min(Math.max(job.due - Date.now(), 0), LONGEST_TIMER)
    job.timer = setTimeout(() => {
      this.#ready.push(job)
      this.#startReady()
    }, wait).unref()
  }

  #startReady() {
    while (this.#handlers && this.#running.size < this.#concurrency) {
      const job = this.#ready.shift()
      if (!job) return
      const run = this.#run(job, this.#handlers[job.name]).finally(() => {
        this.#running.delete(run)
        this.#startReady()
      })
      this.#running.add(run)
    }
  }

  async #run(job: Job, handler: Handler | undefined): Promise<void> {
    job.running = true
    job.attempt++
    let retryAt: number | undefined
    try {
      if (!handler) throw new PermanentError('E_NO_HANDLER', `Nobody works on "${job.name}"`)
      await handler(job.id)
    } catch (error) {
      this.#options.onError(new JobFailed(job.name, job.id, job.attempt, error))
      retryAt = this.#retryAt(job, error)
    }
    job.running = false
    this.#jobs.delete(job.key)
    if (this.#closed) return
    const next = Math.min(job.again ?? Infinity, retryAt ?? Infinity)
    if (next === Infinity) return
    const attempt = retryAt === undefined ? 0 : job.attempt
    this.#await({ ...job, due: next, attempt, again: undefined })
  }

  #retryAt(job: Job, error: unknown): number | undefined {
    const { attempts, delay } = this.#options.retry
    if (job.attempt >= attempts || !consequenceOf(error).retry) return undefined
    return Date.now() + delay * 2 ** (job.attempt - 1)
  }
}
