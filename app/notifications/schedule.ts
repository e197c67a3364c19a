import { DateTime } from 'luxon'

/** What is new is told once nothing more has come for so long, in milliseconds: fifty files are one mail. */
export const QUIET = 10 * 60_000
/** Whoever keeps adding does not keep it back for longer than this. */
export const LONGEST_WAIT = 60 * 60_000

/** Hour of the daily digest, in the installation's time zone. */
const DIGEST_HOUR = 7

/** When somebody who wants to be told at once is told what came between `first` and `last`. */
export function tellAt(first: Date, last: Date): Date {
  return new Date(Math.min(last.getTime() + QUIET, first.getTime() + LONGEST_WAIT))
}

/**
 * The day whose digest is the newest that has come due, as `2026-11-26`. Where clocks are changed at that hour it comes at
 * the first moment after.
 */
export function digestDay(now: Date, timeZone: string): string {
  const local = DateTime.fromJSDate(now, { zone: timeZone })
  const day = local >= atDigest(local) ? local : local.minus({ days: 1 })
  return day.toISODate()!
}

/** When the digest of a day is due. */
export function digestAt(day: string, timeZone: string): Date {
  return atDigest(DateTime.fromISO(day, { zone: timeZone })).toJSDate()
}

const atDigest = (day: DateTime) =>
  day.set({ hour: DIGEST_HOUR, minute: 0, second: 0, millisecond: 0 })
