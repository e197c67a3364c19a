/**
 * A worker as a process of its own, for tests that kill it: `worker_process.ts <queue url> <stalled after ms>`.
 * Prints the id of each job it begins, and never finishes one.
 */
import { createDoorbell } from '#queue'

const [url, stalledAfter] = process.argv.slice(2)
const doorbell = await createDoorbell({
  url,
  stalledAfter: Number(stalledAfter),
  onError: console.error,
})
await doorbell.work({
  process: (id) => {
    console.log(id)
    return new Promise(() => {})
  },
})
