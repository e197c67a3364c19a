import { setTimeout as pause } from 'node:timers/promises'

/**
 * Waits until `condition` holds, however slow the machine is.
 *
 * @param what is waited for, for the one who reads the failure
 * @param limit milliseconds, after which it fails
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what = String(condition),
  limit = 20_000
): Promise<void> {
  const end = Date.now() + limit
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Not within ${limit} ms: ${what}`)
    await pause(10)
  }
}
