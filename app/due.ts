import type { DatabaseQueryBuilderContract } from '@adonisjs/lucid/types/querybuilder'

/**
 * No attempt is ever planned further ahead than this, in milliseconds. What lies beyond was written by a clock that has been
 * set back since, and must not hold up anything.
 */
export const FURTHEST = 6 * 3600_000

/** Whether the time for something has come. Nothing is a time that has. */
export function isDue(at: Date | null, now: Date): boolean {
  return at === null || at <= now || at.getTime() > now.getTime() + FURTHEST
}

/** The same for rows: `column` has milliseconds, and none further ahead than `furthest` is true. */
export function dueBy(column: string, now: number, furthest = FURTHEST) {
  return (rows: DatabaseQueryBuilderContract) =>
    void rows.where(column, '<=', now).orWhere(column, '>', now + furthest)
}
