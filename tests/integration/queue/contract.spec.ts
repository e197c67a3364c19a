import { test } from '@japa/runner'
import { setTimeout as pause } from 'node:timers/promises'
import { PermanentError, TransientError } from '#errors'
import { createDoorbell, type DoorbellOptions, JobFailed } from '#queue'
import { startPostgres, type PostgresServer } from '../../servers/postgres.ts'
import { startRedis, type RedisServer } from '../../servers/redis.ts'
import { until } from '#tests/until'

/** What every driver promises (app/queue/doorbell.ts), on each of them. */
for (const driver of ['in-process', 'redis', 'postgres']) {
  test.group(`doorbell contract: ${driver}`, (group) => {
    let redis: RedisServer | undefined
    let postgres: PostgresServer | undefined
    let url: string | undefined

    group.setup(async () => {
      if (driver === 'redis') redis = await startRedis()
      if (driver === 'postgres') postgres = await startPostgres()
      return () => Promise.all([redis?.stop(), postgres?.stop()]).then(() => {})
    })
    group.each.setup(async () => {
      await redis?.flush()
      url = redis?.url ?? (await postgres?.createDatabase())
    })

    async function open(options: Partial<DoorbellOptions> = {}) {
      const errors: unknown[] = []
      const doorbell = await createDoorbell({
        url,
        onError: (error) => errors.push(error),
        retry: { attempts: 3, delay: 20 },
        ...options,
      })
      return { doorbell, errors }
    }

    test('a ring before and a ring after work() each reach the handler', async ({
      assert,
      cleanup,
    }) => {
      const { doorbell, errors } = await open()
      cleanup(() => doorbell.close())
      const seen: string[] = []
      await doorbell.ring('process', 'early')
      await doorbell.work({ process: async (id) => void seen.push(id) })
      await doorbell.ring('process', 'late')
      await until(() => seen.length === 2)
      assert.sameMembers(seen, ['early', 'late'])
      assert.deepEqual(errors, [])
    })

    test('many rings for one id before it runs are one run', async ({ assert, cleanup }) => {
      const { doorbell } = await open()
      cleanup(() => doorbell.close())
      const seen: string[] = []
      for (let i = 0; i < 10; i++) await doorbell.ring('process', 'a')
      await doorbell.ring('other', 'a')
      const handler = (name: string) => async (id: string) => void seen.push(`${name} ${id}`)
      await doorbell.work({ process: handler('process'), other: handler('other') })
      await until(() => seen.length >= 2)
      await pause(100)
      assert.sameMembers(seen, ['process a', 'other a'])
    })

    test('rings while a handler runs cause one more run, afterwards', async ({
      assert,
      cleanup,
    }) => {
      const { doorbell } = await open()
      cleanup(() => doorbell.close())
      let runs = 0
      let parallel = 0
      let most = 0
      await doorbell.work({
        process: async () => {
          most = Math.max(most, ++parallel)
          if (++runs === 1) {
            await doorbell.ring('process', 'a')
            await doorbell.ring('process', 'a')
            await doorbell.ring('process', 'a', { delay: 60_000 })
            await pause(100)
          }
          parallel--
        },
      })
      await doorbell.ring('process', 'a')
      await until(() => runs >= 2)
      await pause(200)
      assert.equal(runs, 2)
      assert.equal(most, 1)
    })

    test('a delayed ring comes after its delay', async ({ assert, cleanup }) => {
      const { doorbell } = await open()
      cleanup(() => doorbell.close())
      let ranAt = 0
      await doorbell.work({ process: async () => void (ranAt = Date.now()) })
      const begin = Date.now()
      await doorbell.ring('process', 'a', { delay: 300 })
      assert.containSubset(await doorbell.health(), { waiting: 1 })
      await until(() => ranAt > 0)
      assert.isAtLeast(ranAt - begin, 295)
    })

    test('the earliest of several rings counts', async ({ assert, cleanup }) => {
      const { doorbell } = await open()
      cleanup(() => doorbell.close())
      const seen: string[] = []
      await doorbell.work({ process: async (id) => void seen.push(id) })
      await doorbell.ring('process', 'now', { delay: 60_000 })
      await doorbell.ring('process', 'now')
      await doorbell.ring('process', 'soon', { delay: 60_000 })
      await doorbell.ring('process', 'soon', { delay: 200 })
      await doorbell.ring('process', 'soon', { delay: 60_000 })
      await until(() => seen.length === 2)
      assert.deepEqual(seen, ['now', 'soon'])
      assert.containSubset(await doorbell.health(), { waiting: 0 })
    })

    test('no more handlers run at a time than agreed', async ({ assert, cleanup }) => {
      const { doorbell } = await open()
      cleanup(() => doorbell.close())
      let running = 0
      let most = 0
      let done = 0
      const handler = async () => {
        most = Math.max(most, ++running)
        await pause(30)
        running--
        done++
      }
      await doorbell.work({ one: handler, two: handler }, { concurrency: 3 })
      const ids = Array.from({ length: 12 }, (_, n) => String(n))
      await Promise.all(ids.map((id) => doorbell.ring(id.length > 1 ? 'one' : 'two', id)))
      await until(() => done === 12)
      assert.equal(most, 3)
    })

    test('a transient failure is tried again after growing pauses, and reported', async ({
      assert,
      cleanup,
    }) => {
      const { doorbell, errors } = await open({ retry: { attempts: 3, delay: 100 } })
      cleanup(() => doorbell.close())
      const times: number[] = []
      const trouble = new TransientError('E_TROUBLE', 'not now')
      await doorbell.work({
        process: async () => {
          times.push(Date.now())
          throw trouble
        },
      })
      await doorbell.ring('process', 'a')
      await until(() => times.length === 3)
      await pause(500)
      assert.lengthOf(times, 3)
      assert.isAtLeast(times[1]! - times[0]!, 95)
      assert.isAtLeast(times[2]! - times[1]!, 190)
      assert.lengthOf(errors, 3)
      const last = errors[2] as JobFailed
      assert.instanceOf(last, JobFailed)
      assert.deepEqual([last.job, last.id, last.attempt, last.cause], ['process', 'a', 3, trouble])
    })

    test('a permanent failure is not tried again, but rung for again it runs', async ({
      assert,
      cleanup,
    }) => {
      const { doorbell, errors } = await open()
      cleanup(() => doorbell.close())
      let runs = 0
      await doorbell.work({
        process: async () => {
          runs++
          throw new PermanentError('E_NEVER', 'malformed')
        },
      })
      await doorbell.ring('process', 'a')
      await until(() => errors.length === 1)
      await pause(150)
      assert.equal(runs, 1)
      await doorbell.ring('process', 'a')
      await until(() => runs === 2)
    })

    test('a name that nobody works on is reported and holds nothing up', async ({
      assert,
      cleanup,
    }) => {
      const { doorbell, errors } = await open()
      cleanup(() => doorbell.close())
      const seen: string[] = []
      await doorbell.work({ process: async (id) => void seen.push(id) })
      await doorbell.ring('proces', 'a')
      await doorbell.ring('process', 'b')
      await until(() => seen.length === 1 && errors.length === 1)
      assert.match((errors[0] as Error).message, /Nobody works on "proces"/)
    })

    test('the sweep comes at once and again and again', async ({ assert, cleanup }) => {
      const { doorbell, errors } = await open()
      cleanup(() => doorbell.close())
      const times: number[] = []
      await doorbell.work(
        { sweep: async () => void times.push(Date.now()) },
        { sweep: { name: 'sweep', every: 200 } }
      )
      const begin = Date.now()
      await until(() => times.length >= 4)
      assert.isAtLeast(times[3]! - begin, 350)
      assert.isAtMost(times[0]! - begin, 190)
      assert.deepEqual(errors, [])
    })

    test('close waits for the running handler and starts no other', async ({ assert }) => {
      const { doorbell } = await open()
      let begun = 0
      let finished = 0
      await doorbell.work(
        {
          process: async () => {
            begun++
            await pause(200)
            finished++
          },
        },
        { concurrency: 1 }
      )
      await doorbell.ring('process', 'a')
      await doorbell.ring('process', 'b')
      await until(() => begun === 1)
      await doorbell.close()
      assert.deepEqual([begun, finished], [1, 1])
      await pause(300)
      assert.deepEqual([begun, finished], [1, 1])
      await doorbell.ring('process', 'c')
      assert.containSubset(await doorbell.health(), { ok: false })
    })

    test('at rest no handler begins but one that was asked for already, the running one ends, and rings wait', async ({
      assert,
      cleanup,
    }) => {
      const { doorbell, errors } = await open()
      cleanup(() => doorbell.close())
      const runs: string[] = []
      let finished = 0
      await doorbell.work(
        {
          process: async (id) => {
            runs.push(id)
            await pause(200)
            finished++
          },
        },
        { concurrency: 2 }
      )
      await doorbell.ring('process', 'a')
      await until(() => runs.length === 1)
      doorbell.rest()
      for (const id of ['b', 'c', 'd']) await doorbell.ring('process', id)
      await pause(700)
      assert.isAtMost(runs.length, driver === 'in-process' ? 1 : 2)
      assert.equal(finished, runs.length)
      assert.containSubset(await doorbell.health(), { ok: true, waiting: 4 - runs.length })
      assert.deepEqual(errors, [])
    })

    test('close does not wait for ever', async ({ assert }) => {
      const { doorbell } = await open({ closeWithin: 150 })
      let begun = false
      let letGo = () => {}
      const held = new Promise<void>((resolve) => (letGo = resolve))
      await doorbell.work({
        process: async () => {
          begun = true
          await held
        },
      })
      await doorbell.ring('process', 'a')
      await until(() => begun)
      const begin = Date.now()
      await doorbell.close()
      assert.isBelow(Date.now() - begin, 3000)
      letGo()
    })

    test('health names the driver', async ({ assert, cleanup }) => {
      const { doorbell } = await open()
      cleanup(() => doorbell.close())
      await doorbell.ring('process', 'a')
      assert.deepEqual(await doorbell.health(), { driver, ok: true, waiting: 1 })
    })
  })
}
