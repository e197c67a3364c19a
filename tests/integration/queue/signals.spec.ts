import { test } from '@japa/runner'
import { signalsOver } from '#queue'
import { startPostgres } from '../../servers/postgres.ts'
import { startRedis } from '../../servers/redis.ts'
import { until } from '#tests/until'

/** A server that can go and come back where it was. */
const servers = {
  async Redis(cleanup: (work: () => Promise<void>) => void) {
    let redis = await startRedis()
    const { url, port } = redis
    cleanup(() => redis.stop())
    const comeBack = async () => {
      redis = await startRedis({ port })
    }
    return { url, go: () => redis.stop(), comeBack }
  },
  async PostgreSQL(cleanup: (work: () => Promise<void>) => void) {
    const postgres = await startPostgres()
    cleanup(() => postgres.stop())
    return { url: postgres.url, go: () => postgres.shutDown(), comeBack: () => postgres.comeBack() }
  },
}

test.group('signals between processes', () => {
  test(
    'over {$self} reach the others and not who sends; one without it loses them and ends all the same'
  )
    .with(['Redis', 'PostgreSQL'] as const)
    .run(async ({ assert, cleanup }, kind) => {
      const server = await servers[kind](cleanup)
      const errors: unknown[] = []
      const signals = await signalsOver(server.url)
      const [one, other] = ['one', 'other'].map((id) =>
        signals((error) => errors.push(error)).setId(id)
      )
      const heard: Record<string, unknown[]> = { one: [], other: [] }
      const channel = 'transmit::broadcast"x'
      await one!.subscribe(channel, (what) => heard.one!.push(what))
      await other!.subscribe(channel, (what) => heard.other!.push(what))
      await one!.publish(channel, { vault: 1 })
      await until(() => heard.other!.length > 0)
      assert.deepEqual(heard.other![0], { vault: 1 })
      assert.deepEqual(heard.one, [])

      await server.go()
      await until(() => errors.length > 0)
      await one!.publish(channel, { vault: 2 })
      await server.comeBack()
      // Both come back by themselves.
      const saying = setInterval(() => void one!.publish(channel, { vault: 3 }), 50)
      cleanup(() => clearInterval(saying))
      await until(() => heard.other!.some((what) => (what as { vault: number }).vault === 3))
      clearInterval(saying)
      assert.isFalse(heard.other!.some((what) => (what as { vault: number }).vault === 2))

      await other!.unsubscribe(channel)
      const before = heard.other!.length
      await one!.publish(channel, { vault: 4 })
      await server.go()
      const begun = Date.now()
      for (const each of [one!, other!]) await each.disconnect()
      assert.isBelow(Date.now() - begun, 5000)
      assert.lengthOf(heard.other!, before)
    })
})
