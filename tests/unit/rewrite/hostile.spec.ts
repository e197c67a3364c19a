import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { test } from '@japa/runner'
import { hostileShapes } from './hostile_shapes.ts'

/**
 * The longest takes three seconds, in the thread of other people's parsers. Whoever goes over a text again from each of its
 * characters takes minutes.
 */
const LIMIT = 20_000

test('no mail holds all others up: what is repeated is read once', async ({ assert }) => {
  const start = () => new Worker(new URL('./shape_thread.ts', import.meta.url))
  let thread = start()
  const late: string[] = []
  for (const [name, mail] of hostileShapes) {
    thread.postMessage(mail)
    const ended = await Promise.race([once(thread, 'message'), pause(LIMIT, null, { ref: false })])
    if (ended) continue
    late.push(name)
    await thread.terminate()
    thread = start()
  }
  await thread.terminate()
  assert.deepEqual(late, [])
}).timeout(20 * 60_000)
