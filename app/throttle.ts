import { createHash } from 'node:crypto'
import { errors } from '@adonisjs/limiter'
import limiter from '@adonisjs/limiter/services/main'

/** A count of attempts, and how many of them are free of delay. */
interface Count {
  key: string
  free: number
}

/** Seconds between attempts once the free ones are used up: doubled each time, up to a quarter of an hour. */
const FIRST_PAUSE = 5
const LONGEST_PAUSE = 15 * 60

/** Counts are forgotten after a day without success. */
const MEMORY = '1 day'

/** What is slowed down, and how many attempts are free of delay: at one account from one machine, at one account, from one machine. */
const FREE = {
  'sign-in': { own: 5, subject: 50, machine: 20 },
  'factor': { own: 5, subject: 20, machine: 50 },
  'confirm': { own: 5, subject: 20, machine: 50 },
  'reset': { own: 3, subject: 6, machine: 20 },
}

export type Attempted = keyof typeof FREE

/**
 * Slows guessing down. Counted are the account from one address (a person who forgot: five tries), the address (one machine
 * that tries many accounts) and the account (many machines that try one: high, so that strangers do not lock anybody out).
 *
 * Attempts are counted before they are tried, so a burst of parallel ones gets no more than one after the other does.
 */
export class Throttle {
  readonly #own: Count[]
  readonly #all: Count[]

  /**
   * @param subject whose account it is, or what was typed
   * @param address the visitor's IP address
   */
  constructor(kind: Attempted, subject: string, address: string) {
    const account = digest(subject.trim().toLowerCase())
    const machine = digest(address)
    const free = FREE[kind]
    this.#own = [
      { key: `${kind}:${account}:${machine}`, free: free.own },
      { key: `${kind}:${account}`, free: free.subject },
    ]
    this.#all = [...this.#own, { key: `${kind}-from:${machine}`, free: free.machine }]
  }

  /** @returns seconds to wait, or 0 when the attempt may be made; then it is counted as failed until `succeeded()` */
  async attempt(): Promise<number> {
    for (const [index, count] of this.#all.entries()) {
      const wait = await admit(count)
      if (wait > 0) {
        for (const admitted of this.#all.slice(0, index)) await tally().decrement(admitted.key)
        return wait
      }
    }
    return 0
  }

  /** Forgets what the account had against it; the machine keeps its other attempts. */
  async succeeded(): Promise<void> {
    for (const { key } of this.#own) {
      await tally().delete(key)
      await gate(1).delete(gateKey(key))
    }
    const machine = this.#all.at(-1)!
    await tally().decrement(machine.key)
  }
}

const tally = () => limiter.use({ requests: 1_000_000_000, duration: MEMORY })
const gate = (seconds: number) => limiter.use({ requests: 1, duration: seconds })
const gateKey = (key: string) => `${key}:gate`

async function admit({ key, free }: Count): Promise<number> {
  const { consumed } = await tally().increment(key)
  if (consumed <= free) return 0
  const pause = Math.min(FIRST_PAUSE * 2 ** (consumed - free - 1), LONGEST_PAUSE)
  try {
    await gate(pause).consume(gateKey(key))
    return 0
  } catch (error) {
    if (!(error instanceof errors.E_TOO_MANY_REQUESTS)) throw error
    await tally().decrement(key)
    return Math.max(1, error.response.availableIn)
  }
}

/** Keys lie in a table that nobody erases: no address stands in them. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}
