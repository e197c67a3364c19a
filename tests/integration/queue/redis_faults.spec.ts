import { test } from '@japa/runner'
import { setTimeout as pause } from 'node:timers/promises'
import { createDoorbell, type DoorbellOptions } from '#queue'
import { startRedis } from '../../servers/redis.ts'
import { killedWorker } from './killed_worker.ts'
import { until } from '#tests/until'

async function open(url: string, options: Partial<DoorbellOptions> = {}) {
  const errors: Error[] = []
  const onError = (error: unknown) => void errors.push(error as Error)
  const retry = { attempts: 3, delay: 20 }
  return { doorbell: await createDoorbell({ url, onError, retry, ...options }), errors }
}

test.group('doorbell on a Redis in trouble', () => {
  test('emptied in mid-run: the sweep comes back, rings again, and everything gets done', async ({
    assert,
    cleanup,
  }) => {
    const redis = await startRedis()
    cleanup(() => redis.stop())
    const { doorbell } = await open(redis.url)
    cleanup(() => doorbell.close())

    // What SQL is to the product: the list of what is left to do.
    const left = new Set(Array.from({ length: 200 }, (_, n) => `mail-${n}`))
    let flushes = 0
    let done = 0
    await doorbell.work(
      {
        process: async (id) => {
          await pause(2)
          if (left.delete(id)) done++
        },
        sweep: async () => {
          for (const id of left) await doorbell.ring('process', id)
        },
      },
      { concurrency: 4, sweep: { name: 'sweep', every: 200 } }
    )
    for (const at of [20, 90, 150]) {
      await until(() => done >= at)
      await redis.flush()
      flushes++
    }
    await until(() => left.size === 0, 'everything was worked on', 30_000)
    assert.deepEqual([flushes, done], [3, 200])
  })

  test('down: rings return soon and report it; back again: they arrive', async ({
    assert,
    cleanup,
  }) => {
    const first = await startRedis()
    const { doorbell, errors } = await open(first.url)
    cleanup(() => doorbell.close())
    const seen: string[] = []
    await doorbell.work({ process: async (id) => void seen.push(id) })
    await doorbell.ring('process', 'before')
    await until(() => seen.length === 1)

    await first.stop()
    const begin = Date.now()
    for (const id of ['x', 'y', 'z']) await doorbell.ring('process', id)
    assert.isBelow(Date.now() - begin, 3500)
    assert.isTrue(errors.some((error) => /queue is out of reach/.test(error.message)))
    assert.containSubset(await doorbell.health(), { ok: false })

    const second = await startRedis({ port: first.port })
    cleanup(() => second.stop())
    const end = Date.now() + 20_000
    while (!seen.includes('after') && Date.now() < end) {
      await doorbell.ring('process', 'after')
      await pause(50)
    }
    assert.include(seen, 'after')
    assert.containSubset(await doorbell.health(), { ok: true })
  })

  test('down at the start: work() returns, and begins when Redis is there', async ({
    assert,
    cleanup,
  }) => {
    const gone = await startRedis()
    await gone.stop()
    const { doorbell } = await open(gone.url)
    cleanup(() => doorbell.close())
    const swept: string[] = []
    const begin = Date.now()
    await doorbell.work(
      { sweep: async (id) => void swept.push(id) },
      { sweep: { name: 'sweep', every: 200 } }
    )
    assert.isBelow(Date.now() - begin, 2500)
    const redis = await startRedis({ port: gone.port })
    cleanup(() => redis.stop())
    await until(() => swept.length >= 2)
  })

  test('silent: a ring gives up after about a second', async ({ assert, cleanup }) => {
    const redis = await startRedis()
    cleanup(() => redis.stop())
    const { doorbell, errors } = await open(redis.url)
    cleanup(() => doorbell.close())
    await doorbell.ring('process', 'a')
    redis.pause()
    const begin = Date.now()
    await doorbell.ring('process', 'b')
    assert.containSubset(await doorbell.health(), { ok: false })
    assert.isBelow(Date.now() - begin, 4000)
    assert.match(errors[0]!.message, /queue is out of reach/)
    redis.resume()
  })

  test('a job whose worker was killed goes to another one', async ({ assert, cleanup }) => {
    const redis = await startRedis()
    cleanup(() => redis.stop())
    const { doorbell } = await open(redis.url, { stalledAfter: 1000 })
    cleanup(() => doorbell.close())
    await doorbell.ring('process', 'a')
    assert.equal(await killedWorker(redis.url), 'a')

    const seen: string[] = []
    await doorbell.work({ process: async (id) => void seen.push(id) })
    await until(() => seen.length > 0)
    assert.deepEqual(seen, ['a'])
  })

  test('close ends soon while Redis is down', async ({ assert }) => {
    const redis = await startRedis()
    const { doorbell } = await open(redis.url, { closeWithin: 500 })
    await doorbell.work({ process: async () => {} })
    await redis.stop()
    const begin = Date.now()
    await doorbell.close()
    assert.isBelow(Date.now() - begin, 5000)
  })

  test('a scheme without a driver is refused with a sentence', async ({ assert }) => {
    await assert.rejects(
      () => createDoorbell({ url: 'amqp://127.0.0.1/x', onError: () => {} }),
      'QUEUE_URL with amqp is not supported: use redis://…, postgres://… or leave it out'
    )
  })
})
