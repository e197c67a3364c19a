import type { SmtpLimits } from '../limits.ts'

/** Who is in, by address, and who else may come: those who may not relay anyway share a few places. */
export class Crowd {
  readonly #limits: Pick<SmtpLimits, 'connections' | 'strangers'>
  /** Whether this client may relay. */
  readonly isTrusted: (address: string) => boolean
  readonly #present = new Map<string, number>()
  #all = 0
  #strangers = 0

  constructor(
    limits: Pick<SmtpLimits, 'connections' | 'strangers'>,
    isTrusted: (address: string) => boolean
  ) {
    this.#limits = limits
    this.isTrusted = isTrusted
  }

  /** All places are taken, whoever asks. */
  get full(): boolean {
    return this.#all >= this.#limits.connections
  }

  /** Null where this client may not come in; else what to call when it leaves, once or more often. */
  enter(address: string): (() => void) | null {
    const stranger = Number(!this.isTrusted(address))
    const refused = this.full || (stranger > 0 && this.#strangers >= this.#limits.strangers)
    if (refused) {
      return null
    }
    this.#count(address, stranger, 1)
    let inside = true
    return () => {
      if (inside) this.#count(address, stranger, -1)
      inside = false
    }
  }

  /** Connections of one client. */
  presentOf(address: string): number {
    return this.#present.get(address) ?? 0
  }

  #count(address: string, stranger: number, step: 1 | -1) {
    this.#all += step
    this.#strangers += step * stranger
    const present = this.presentOf(address) + step
    if (present > 0) {
      this.#present.set(address, present)
    } else {
      this.#present.delete(address)
    }
  }
}
