import { test } from '@japa/runner'
import { rows } from '#prepared'
import { transaction } from '#transaction'
import { freshDatabase } from '../../fresh_database.ts'

/** Counts functions made from text while `work` runs: better-sqlite3 makes one for the rows of a statement each time it was planned. */
async function compiled(work: () => Promise<void>): Promise<number> {
  const real = globalThis.Function
  let count = 0
  globalThis.Function = new Proxy(real, {
    apply(target, self, texts) {
      count++
      return Reflect.apply(target, self, texts)
    },
  })
  try {
    await work()
  } finally {
    globalThis.Function = real
  }
  return count
}

test.group('A connection', () => {
  test('a question mark in a literal is one, and values arrive as they are', async ({
    assert,
    cleanup,
  }) => {
    const { db, close } = await freshDatabase()
    cleanup(close)
    const sql = `SELECT 'it''s ?' AS "a ?", ? AS text, ? + 1 AS number`
    const found = await transaction(db, (trx) => rows(trx, sql, ["?'", 41]))
    assert.deepEqual(found, [{ 'a ?': "it's ?", 'text': "?'", 'number': 42 }])
  }).skip(process.env.TEST_DATABASE_URL !== undefined, 'of SQLite')

  test('plans a statement once, whatever its values', async ({ assert, cleanup }) => {
    const { db, close } = await freshDatabase()
    cleanup(close)
    const counter = (name: string) => db.from('counters').where('name', name).first()
    // Without a row nothing would be compiled.
    assert.isNotNull(await counter('message'))
    assert.equal(await compiled(async () => void (await counter('message'))), 0)
  }).skip(process.env.TEST_DATABASE_URL !== undefined, 'of SQLite')
})
