import { test } from '@japa/runner'
import { change, insert, rows } from '#prepared'
import { transaction, type Trx } from '#transaction'
import { freshDatabase } from '../../fresh_database.ts'

type Work = (trx: Trx) => Promise<unknown>

/** Each as a long transaction asks again and again. */
const ways: Record<string, Work> = {
  'of the query builder': (trx) => trx.from('odds').where('id', 0).update({ id: 0 }),
  'in plain text': (trx) => trx.rawQuery('SELECT * FROM odds WHERE id = ?', [0]),
  'that change rows': (trx) => change(trx, 'UPDATE odds SET id = 0 WHERE id = ?', [0]),
  'that give rows': (trx) => rows(trx, 'SELECT * FROM odds WHERE id = ?', [0]),
}

test.group('A long transaction', () => {
  /** Turns that others had while `work` ran in a transaction. */
  async function turnsDuring(cleanup: (work: () => Promise<void>) => void, work: Work) {
    const { db, close } = await freshDatabase()
    cleanup(close)
    await db.connection().schema.createTable('odds', (table) => table.integer('id'))
    let turns = 0
    let over = false
    const again = () => void (over || (turns++, setImmediate(again)))
    await transaction(db, async (trx) => {
      setImmediate(again)
      await work(trx)
      over = true
    })
    return turns
  }

  test('lets others in between statements {$self}')
    .with(Object.keys(ways))
    .run(async ({ assert, cleanup }, way) => {
      const turns = await turnsDuring(cleanup, async (trx) => {
        const end = performance.now() + 150
        while (performance.now() < end) await ways[way]!(trx)
      })
      assert.isAtLeast(turns, 3)
    })

  test('lets others in while it inserts many rows', async ({ assert, cleanup }) => {
    const many = Array.from({ length: 200_000 }, (_, id) => ({ id }))
    assert.isAtLeast(await turnsDuring(cleanup, (trx) => insert(trx, 'odds', many)), 3)
  })
})
