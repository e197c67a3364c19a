import { test } from '@japa/runner'
import { startClamd, type ClamdServer } from '../../servers/clamd.ts'
import { brokenLife, inTurns, writesOfLife } from './broken_life.ts'
import { TAKEN } from './life.ts'

/** Every so many writes are broken here, on PostgreSQL fewer; tests/long breaks them all. */
const every = process.env.TEST_DATABASE_URL ? { once: 12, lasting: 24 } : { once: 1, lasting: 16 }

test.group('Broken twice: the life of a mail', (group) => {
  let clamd: ClamdServer
  let writes: string[]
  group.setup(async () => {
    clamd = await startClamd()
    writes = await writesOfLife(clamd.url)
    return () => clamd.stop()
  })

  for (const when of ['before', 'after'] as const) {
    test(`each write fails once, ${when} it took place`, async ({ assert }) => {
      assert.includeMembers(writes, ['blob commit', 'database COMMIT', `peer ${TAKEN}`])
      const numbers = writes
        .map((_, position) => position + 1)
        .filter((nth) => nth % every.once === 0)
      await inTurns(numbers, (nth) => brokenLife(clamd.url, { nth, when }, assert))
    })

    test(`a write fails, ${when} it took place, and all behind it`, async ({ assert }) => {
      const numbers = writes
        .map((_, position) => position + 1)
        .filter((nth) => nth % every.lasting === 0)
      await inTurns(numbers, (nth) => brokenLife(clamd.url, { nth, when, lasting: true }, assert))
    })
  }
})
