import { test } from '@japa/runner'
import { freshDatabase } from '#tests/fresh_database'

test.group('Append-only tables', () => {
  for (const table of ['ledger_entries', 'ledger_nodes']) {
    test(`${table} refuses every change`, async ({ assert, cleanup }) => {
      const { db, close } = await freshDatabase()
      cleanup(close)
      const hash = Buffer.alloc(32, 1)
      const row =
        table === 'ledger_nodes'
          ? { level: 0, index: 0, hash }
          : { index: 0, type: 'read', at: 1, detail_hash: 'a', leaf: '{}', hash }
      await db.insertQuery().table(table).insert(row)

      const refused = /append-only/
      await assert.rejects(() => db.from(table).update({ hash: Buffer.alloc(32, 2) }), refused)
      await assert.rejects(() => db.from(table).delete(), refused)
      if (db.connection().dialect.name === 'postgres') {
        await assert.rejects(() => db.rawQuery(`TRUNCATE ${table} CASCADE`), refused)
      } else {
        const replace = `INSERT OR REPLACE INTO ${table} SELECT * FROM ${table}`
        await assert.rejects(() => db.rawQuery(replace), refused)
      }
      const rows = await db.from(table)
      assert.lengthOf(rows, 1)
    })
  }

  test('the head is one row', async ({ assert, cleanup }) => {
    const { db, close } = await freshDatabase()
    cleanup(close)
    await assert.rejects(() => db.table('ledger_head').insert({ id: 2, size: 0, edge: '' }))
    assert.deepEqual(await db.from('ledger_head').select('id', 'size'), [{ id: 1, size: 0 }])
  })
})
