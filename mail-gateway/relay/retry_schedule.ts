const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Short at first, since most refusals are greylisting or a restart; at last every four hours (RFC 5321 section 4.5.4.1). */
const FIRST_DELAYS = [1, 2, 5, 10, 15, 30, 60, 120].map((minutes) => minutes * MINUTE)
const LONGEST_DELAY = 4 * HOUR

/** RFC 5321 section 4.5.4.1 asks for 4 to 5 days. */
const PATIENCE = 5 * 24 * HOUR

/** Time since the first attempt at which attempt `number` (1 for the first) is made, in milliseconds. */
function elapsedBefore(number: number): number {
  const short = FIRST_DELAYS.slice(0, number - 1).reduce((sum, delay) => sum + delay, 0)
  return short + Math.max(0, number - 1 - FIRST_DELAYS.length) * LONGEST_DELAY
}

/**
 * When to try again after attempt `number` (1 for the first) was deferred at `now`, or null when that was the last one. Counts
 * attempts, not days: a gateway that was switched off for a week has not tried for a week.
 */
export function nextAttempt(number: number, now: Date): Date | null {
  if (elapsedBefore(number + 1) > PATIENCE) {
    return null
  }
  return new Date(now.getTime() + (FIRST_DELAYS[number - 1] ?? LONGEST_DELAY))
}
