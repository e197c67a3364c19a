import { test } from '@japa/runner'
import { transaction } from '#transaction'
import { freshDatabase } from '../../fresh_database.ts'
import { failureOf } from '../links/house.ts'
import { Breaker } from './breaker.ts'
import { faultyDatabase } from './faulty_database.ts'

test.group('A commit that fails', () => {
  for (const when of ['before', 'after'] as const) {
    test(`${when} it took place is an error, runs no hooks and leaves a connection that works`, async ({
      assert,
      cleanup,
    }) => {
      const { place, close } = await freshDatabase()
      // SQLite writes UPDATE, UPDATE, COMMIT; PostgreSQL needs no write that takes the lock.
      const nth = process.env.TEST_DATABASE_URL ? 2 : 3
      const breaker = new Breaker({ nth, when })
      const db = faultyDatabase(place, breaker)
      cleanup(async () => {
        await db.manager.closeAll(true)
        await close()
      })
      let hooks = 0
      const count = () =>
        transaction(db, async (trx) => {
          await trx.from('counters').where('name', 'message').increment('value', 1)
          trx.after('commit', () => void hooks++)
        })
      assert.equal(await failureOf(count()), 'E_COMMIT_UNKNOWN')
      assert.equal(breaker.broken, 'database COMMIT')
      assert.equal(hooks, 0)

      await count()
      assert.equal(hooks, 1)
      const { value } = await db.from('counters').where('name', 'message').firstOrFail()
      assert.equal(Number(value), when === 'before' ? 1 : 2)
    })
  }
})
