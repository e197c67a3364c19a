import { setTimeout as pause } from 'node:timers/promises'

/** Waits until `condition` holds; fails after `limit` milliseconds. */
export async function until(condition: () => boolean, limit = 15_000): Promise<void> {
  const end = Date.now() + limit
  while (!condition()) {
    if (Date.now() > end) throw new Error(`Not within ${limit} ms: ${condition}`)
    await pause(10)
  }
}
