import { test } from '@japa/runner'
import { change, insert, rows, update } from '#prepared'
import { transaction } from '#transaction'
import { freshDatabase } from '../../fresh_database.ts'
import { failureOf } from '../blobs/storage.ts'
import { Breaker } from '../faults/breaker.ts'
import { faultyDatabase } from '../faults/faulty_database.ts'

/** A table with what columns hold in both databases; `order` and `group` are words of SQL. */
async function odds(cleanup: (work: () => Promise<void>) => void) {
  const { db, place, close } = await freshDatabase()
  cleanup(close)
  await db.connection().schema.createTable('odds', (table) => {
    table.string('id').primary()
    table.bigInteger('order')
    table.boolean('group')
    table.text('words')
    table.binary('bytes')
  })
  return { db, place }
}

const row = (
  id: string,
  facts: Record<string, string | number | bigint | boolean | null> = {}
) => ({
  id,
  order: 0,
  group: false,
  words: null,
  ...facts,
})

interface Odd {
  id: string
  order: number
  group: number | boolean
  words: string | null
  bytes: Uint8Array | null
}

test.group('Statements without the query builder', () => {
  test('write what the query builder reads, and read what it wrote', async ({
    assert,
    cleanup,
  }) => {
    const { db } = await odds(cleanup)
    // A view that begins inside its buffer: all of the buffer would be too much.
    const bytes = new Uint8Array([9, 9, 0, 255, 0, 10]).subarray(2)
    const words = `'; DROP TABLE odds; -- "quoted" ? ?? $1 :id \\? größer 💶\r\n`
    await transaction(db, (trx) =>
      insert(trx, 'odds', [{ ...row('a', { order: 2 ** 52, group: true, words }), bytes }])
    )
    const written = (await db.from('odds').firstOrFail()) as Odd
    assert.equal(written.order, 2 ** 52)
    assert.isTrue(Boolean(written.group))
    assert.equal(written.words, words)
    assert.deepEqual([...written.bytes!], [0, 255, 0, 10])

    await db.table('odds').insert({ ...row('b', { order: -1, words }), bytes: Buffer.from(bytes) })
    const [read] = await transaction(db, (trx) =>
      rows<Odd>(trx, 'SELECT * FROM odds WHERE words = ? AND "group" = ?', [words, false])
    )
    assert.deepInclude(read, { id: 'b', order: -1, words })
    assert.deepEqual([...read!.bytes!], [0, 255, 0, 10])
  })

  test('say how many rows they changed, and give back what they changed', async ({
    assert,
    cleanup,
  }) => {
    const { db } = await odds(cleanup)
    await transaction(db, async (trx) => {
      await insert(trx, 'odds', [])
      await insert(
        trx,
        'odds',
        ['a', 'b', 'c'].map((id) => row(id))
      )
      assert.equal(await update(trx, 'odds', { order: 5 }, 'id > ?', ['a']), 2)
      assert.equal(await update(trx, 'odds', { group: true, words: null }, 'id = ?', ['x']), 0)
      assert.equal(await change(trx, 'DELETE FROM odds WHERE id = ?', ['b']), 1)
      const sql = 'UPDATE odds SET "order" = "order" + ? WHERE id = ? RETURNING "order"'
      assert.deepEqual(
        (await rows<Odd>(trx, sql, [2, 'c'])).map(({ order }) => order),
        [7]
      )
      assert.lengthOf(await rows(trx, sql, [2, 'x']), 0)
    })
    assert.deepEqual(
      (await db.from('odds').orderBy('id')).map(({ id, order }: Odd) => [id, order]),
      [
        ['a', 0],
        ['c', 7],
      ]
    )
  })

  test('insert more rows than one statement takes: all or none', async ({ assert, cleanup }) => {
    const { db } = await odds(cleanup)
    const many = Array.from({ length: 1201 }, (_, nth) => row(`r${nth}`, { order: nth }))
    await transaction(db, (trx) => insert(trx, 'odds', many))
    const [{ count, sum }] = await db.from('odds').count('* as count').sum('order as sum')
    assert.equal(Number(count), 1201)
    assert.equal(Number(sum), (1200 * 1201) / 2)

    const twice = many.map((each, nth) => ({ ...each, id: nth === 1100 ? 'r7' : `s${nth}` }))
    await failureOf(transaction(db, (trx) => insert(trx, 'odds', twice)))
    assert.lengthOf(await db.from('odds').where('id', 'like', 's%'), 0)
  })

  test('put each value into its column, in whatever order rows name them', async ({
    assert,
    cleanup,
  }) => {
    const { db } = await odds(cleanup)
    await transaction(db, (trx) =>
      insert(trx, 'odds', [
        { id: 'a', words: 'x', order: 1, group: true },
        { group: false, order: 2, words: 'y', id: 'b' },
      ])
    )
    const found = (await db.from('odds').orderBy('id')) as Odd[]
    assert.deepEqual(
      found.map(({ id, words, order, group }) => [id, words, Number(order), Boolean(group)]),
      [
        ['a', 'x', 1, true],
        ['b', 'y', 2, false],
      ]
    )
  })

  test('are part of their transaction: gone with it, unseen outside, seen inside', async ({
    assert,
    cleanup,
  }) => {
    const { db } = await odds(cleanup)
    const error = await failureOf(
      transaction(db, async (trx) => {
        await insert(trx, 'odds', [row('a')])
        assert.lengthOf(await trx.from('odds'), 1)
        await trx.table('odds').insert(row('b'))
        assert.lengthOf(await rows(trx, 'SELECT id FROM odds'), 2)
        throw new Error('not so')
      })
    )
    assert.equal(error.message, 'not so')
    assert.lengthOf(await db.from('odds'), 0)
  })

  test('do not run behind the end of their transaction, where they would be another’s', async ({
    assert,
    cleanup,
  }) => {
    const { db } = await odds(cleanup)
    let late: (() => Promise<unknown>) | undefined
    await transaction(db, async (trx) => {
      await insert(trx, 'odds', [row('a')])
      late = () => change(trx, 'DELETE FROM odds')
    })
    await failureOf(late!())
    const failed = transaction(db, async (trx) => {
      late = () => insert(trx, 'odds', [row('b')])
      throw new Error('not so')
    })
    await failureOf(failed)
    await transaction(db, async () => {
      await failureOf(late!())
    })
    assert.deepEqual(
      (await db.from('odds')).map(({ id }: Odd) => id),
      ['a']
    )
  })

  test('that one refused does not change what the next writes', async ({ assert, cleanup }) => {
    const { db } = await odds(cleanup)
    await transaction(db, (trx) => insert(trx, 'odds', [row('a')]))
    for (const wrong of ['INSERT INTO odds (id) VALUES (?)', 'UPDATE nothing SET id = ?']) {
      await failureOf(transaction(db, (trx) => change(trx, wrong, ['a'])))
    }
    await transaction(db, (trx) => change(trx, 'INSERT INTO odds (id) VALUES (?)', ['b']))
    assert.lengthOf(await db.from('odds'), 2)
  })

  for (const when of ['before', 'after'] as const) {
    test(`each fails once, ${when} it took place: then nothing of the transaction is there, or all`, async ({
      assert,
      cleanup,
    }) => {
      const { db, place } = await odds(cleanup)
      const write = (on: typeof db) =>
        transaction(on, async (trx) => {
          await insert(trx, 'odds', [row('a'), row('b')])
          await update(trx, 'odds', { words: 'x' }, 'id = ?', ['a'])
          await change(trx, 'DELETE FROM odds WHERE id = ?', ['b'])
        })
      const learning = new Breaker()
      const healthy = faultyDatabase(place, learning)
      await write(healthy)
      await healthy.manager.closeAll(true)
      assert.include(learning.passed, 'database COMMIT')
      for (let nth = 1; nth <= learning.passed.length; nth++) {
        await db.from('odds').delete()
        const breaker = new Breaker({ nth, when })
        const broken = faultyDatabase(place, breaker)
        const { code } = await failureOf(write(broken))
        const found = (await db.from('odds')) as Odd[]
        const committed = breaker.broken === 'database COMMIT' && when === 'after'
        assert.deepEqual(
          found.map(({ id, words }) => [id, words]),
          committed ? [['a', 'x']] : [],
          breaker.broken
        )
        assert.equal(code === 'E_COMMIT_UNKNOWN', breaker.broken === 'database COMMIT')
        // The same connection, or a new one, is good for the next.
        await broken.from('odds').delete()
        await write(broken)
        assert.lengthOf(await db.from('odds'), 1)
        await broken.manager.closeAll(true)
      }
    })
  }
})
