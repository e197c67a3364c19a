import { test } from '@japa/runner'
import { setTimeout as pause } from 'node:timers/promises'
import { createDoorbell, type DoorbellOptions } from '#queue'
import { startPostgres } from '../../servers/postgres.ts'
import { killedWorker } from './killed_worker.ts'
import { until } from '#tests/until'

async function open(url: string, options: Partial<DoorbellOptions> = {}) {
  const errors: Error[] = []
  const onError = (error: unknown) => void errors.push(error as Error)
  const retry = { attempts: 3, delay: 20 }
  return { doorbell: await createDoorbell({ url, onError, retry, ...options }), errors }
}

test.group('doorbell on a PostgreSQL in trouble', () => {
  test('restarted in mid-run: the sweep comes back, rings again, and everything gets done', async ({
    assert,
    cleanup,
  }) => {
    const postgres = await startPostgres()
    cleanup(() => postgres.stop())
    const { doorbell } = await open(await postgres.createDatabase(), { stalledAfter: 1000 })
    cleanup(() => doorbell.close())

    // What SQL is to the product: the list of what is left to do.
    const left = new Set(Array.from({ length: 120 }, (_, n) => `mail-${n}`))
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
      { concurrency: 4, sweep: { name: 'sweep', every: 500 } }
    )
    for (const [at, signal] of [
      [10, 'SIGINT'],
      [60, 'SIGQUIT'],
    ] as const) {
      await until(() => done >= at)
      await postgres.shutDown(signal)
      await postgres.comeBack()
    }
    await until(() => left.size === 0, 'everything was worked on', 30_000)
    assert.equal(done, 120)
  })

  test('down: rings return soon and report it; back again: they arrive', async ({
    assert,
    cleanup,
  }) => {
    const postgres = await startPostgres()
    cleanup(() => postgres.stop())
    const { doorbell, errors } = await open(await postgres.createDatabase())
    cleanup(() => doorbell.close())
    const seen: string[] = []
    await doorbell.work({ process: async (id) => void seen.push(id) })
    await doorbell.ring('process', 'before')
    await until(() => seen.length === 1)

    await postgres.shutDown()
    const begin = Date.now()
    for (const id of ['x', 'y', 'z']) await doorbell.ring('process', id)
    assert.isBelow(Date.now() - begin, 3500)
    assert.isTrue(errors.some((error) => /queue is out of reach/.test(error.message)))
    assert.containSubset(await doorbell.health(), { ok: false })

    await postgres.comeBack()
    await doorbell.ring('process', 'after')
    await until(() => seen.includes('after'))
    assert.containSubset(await doorbell.health(), { ok: true })
  })

  test('down at the start: work() returns, and begins when PostgreSQL is there', async ({
    assert,
    cleanup,
  }) => {
    const postgres = await startPostgres()
    cleanup(() => postgres.stop())
    const url = await postgres.createDatabase()
    await postgres.shutDown()
    const { doorbell } = await open(url)
    cleanup(() => doorbell.close())
    const swept: string[] = []
    const begin = Date.now()
    await doorbell.work(
      { sweep: async (id) => void swept.push(id) },
      { sweep: { name: 'sweep', every: 200 } }
    )
    assert.isBelow(Date.now() - begin, 2500)
    await postgres.comeBack()
    await until(() => swept.length >= 2)
  })

  test('a job whose worker was killed goes to another one', async ({ assert, cleanup }) => {
    const postgres = await startPostgres()
    cleanup(() => postgres.stop())
    const url = await postgres.createDatabase()
    const { doorbell } = await open(url, { stalledAfter: 1000 })
    cleanup(() => doorbell.close())
    await doorbell.ring('process', 'a')
    assert.equal(await killedWorker(url), 'a')

    const seen: string[] = []
    await doorbell.work({ process: async (id) => void seen.push(id) })
    await until(() => seen.length > 0)
    assert.deepEqual(seen, ['a'])
  })

  test('close ends soon while PostgreSQL is down', async ({ assert, cleanup }) => {
    const postgres = await startPostgres()
    cleanup(() => postgres.stop())
    const { doorbell } = await open(await postgres.createDatabase(), { closeWithin: 500 })
    await doorbell.work({ process: async () => {} })
    await postgres.shutDown()
    const begin = Date.now()
    await doorbell.close()
    assert.isBelow(Date.now() - begin, 5000)
  })
})
