import { timeZone } from '#config/app'
import { DateTime } from 'luxon'

/** The first moment of a day of a form, in the installation's time zone. */
export function startOf(day: string): Date {
  return DateTime.fromISO(day, { zone: timeZone }).startOf('day').toJSDate()
}

/** The first moment after it: what is said to last until a day includes it. */
export function endOf(day: string): Date {
  return DateTime.fromISO(day, { zone: timeZone }).startOf('day').plus({ days: 1 }).toJSDate()
}

/** The day on which a moment falls there, as a date input shows it. */
export function dayOf(at: Date | number): string {
  return DateTime.fromMillis(Number(at), { zone: timeZone }).toISODate() ?? ''
}
