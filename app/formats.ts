/** Dates and sizes as people write them, in the reader's language and the installation's time zone. */

type Moment = Date | number

/** English readers of a German firm get unmistakable dates: 23 Nov 2026, not 11/23/2026. */
const regions: Record<string, string> = { de: 'de-DE', en: 'en-GB' }

const units = ['KB', 'MB', 'GB', 'TB'] as const

/** `3 Byte`, `3 bytes` */
const WHOLE_BYTES: Intl.NumberFormatOptions = {
  style: 'unit',
  unit: 'byte',
  unitDisplay: 'long',
  maximumFractionDigits: 0,
}

export class Formats {
  readonly #locale: string
  readonly #timeZone: string

  constructor(locale: string, timeZone: string) {
    this.#locale = regions[locale] ?? locale
    this.#timeZone = timeZone
  }

  /** Bytes in powers of 1024, three digits at most: `161 KB`, `2,4 MB`. */
  size(bytes: number): string {
    if (bytes < 1024) return this.number(bytes, WHOLE_BYTES)
    let value = bytes / 1024
    let unit = 0
    while (Math.round(value) >= 1024 && unit < units.length - 1) {
      value /= 1024
      unit++
    }
    const digits = value < 99.95 && !(unit === 0 && value >= 10) ? 1 : 0
    return `${this.number(value, { maximumFractionDigits: digits })} ${units[unit]}`
  }

  number(value: number, options?: Intl.NumberFormatOptions): string {
    return numberFormatter(this.#locale, options).format(value)
  }

  /** `23.11.2026`, `23 Nov 2026` */
  date(at: Moment): string {
    return this.#format(at, { dateStyle: 'medium' })
  }

  /** `23.11.2026, 10:41`, with seconds where the order of events matters. */
  dateTime(at: Moment, seconds = false): string {
    return this.#format(at, { dateStyle: 'medium', timeStyle: seconds ? 'medium' : 'short' })
  }

  /** For lists: the time today, the weekday within a week, the day within a year, else the date. */
  shortDate(at: Moment, now: Date = new Date()): string {
    if (this.date(at) === this.date(now)) return this.#format(at, { timeStyle: 'short' })
    const age = now.getTime() - new Date(at).getTime()
    if (age >= 0 && age < 6 * 86_400_000) {
      return this.#format(at, { weekday: 'short', day: 'numeric', month: 'numeric' })
    }
    const sameYear =
      this.#format(at, { year: 'numeric' }) === this.#format(now, { year: 'numeric' })
    return sameYear ? this.#format(at, { day: 'numeric', month: 'short' }) : this.date(at)
  }

  #format(at: Moment, options: Intl.DateTimeFormatOptions): string {
    return formatter(this.#locale, this.#timeZone, options).format(new Date(at))
  }
}

const numberFormatters = new Map<string, Intl.NumberFormat>()

function numberFormatter(locale: string, options?: Intl.NumberFormatOptions) {
  const key = JSON.stringify([locale, options])
  let made = numberFormatters.get(key)
  if (!made) {
    made = new Intl.NumberFormat(locale, options)
    numberFormatters.set(key, made)
  }
  return made
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** Making a formatter costs a hundred times more than using it, and a list has many dates. */
function formatter(locale: string, timeZone: string, options: Intl.DateTimeFormatOptions) {
  const key = JSON.stringify([locale, timeZone, options])
  let made = formatters.get(key)
  if (!made) {
    made = new Intl.DateTimeFormat(locale, { ...options, timeZone })
    formatters.set(key, made)
  }
  return made
}
