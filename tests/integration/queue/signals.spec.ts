import { test } from '@japa/runner'
import { Signals } from '#queue'
import { startRedis } from '../../servers/redis.ts'
import { until } from './until.ts'

test.group('signals between processes', () => {
  test('reach the others and not who sends; one without Redis loses them and ends all the same', async ({
    assert,
    cleanup,
  }) => {
    const redis = await startRedis()
    cleanup(() => redis.stop())
    const errors: unknown[] = []
    const [one, other] = ['one', 'other'].map((id) =>
      new Signals(redis.url, (error) => errors.push(error)).setId(id)
    )
    const heard: Record<string, unknown[]> = { one: [], other: [] }
    await one!.subscribe('live', (what) => heard.one!.push(what))
    await other!.subscribe('live', (what) => heard.other!.push(what))
    await one!.publish('live', { vault: 1 })
    await until(() => heard.other!.length > 0)
    assert.deepEqual(heard.other![0], { vault: 1 })
    assert.deepEqual(heard.one, [])

    await redis.stop()
    await until(() => errors.length > 0)
    await one!.publish('live', { vault: 2 })
    const again = await startRedis({ port: redis.port })
    cleanup(() => again.stop())
    // Both come back by themselves.
    const saying = setInterval(() => void one!.publish('live', { vault: 3 }), 50)
    cleanup(() => clearInterval(saying))
    await until(() => heard.other!.some((what) => (what as { vault: number }).vault === 3))
    clearInterval(saying)
    assert.isFalse(heard.other!.some((what) => (what as { vault: number }).vault === 2))

    await again.stop()
    const begun = Date.now()
    for (const each of [one!, other!]) await each.disconnect()
    assert.isBelow(Date.now() - begun, 5000)
  })
})
