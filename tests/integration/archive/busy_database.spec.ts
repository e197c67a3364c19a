import { test } from '@japa/runner'
import Sqlite from 'better-sqlite3'
import { TransientError } from '#errors'
import { transaction } from '#transaction'
import { freshDatabase } from '../../fresh_database.ts'
import { envelope, house, once } from '../../house.ts'

test.group('A database that another process holds', (group) => {
  group.tap((one) => one.skip(Boolean(process.env.TEST_DATABASE_URL), 'SQLite only'))

  test('makes a mail wait until it is free', async ({ assert, cleanup }) => {
    const at = await house()
    cleanup(() => at.close())
    const [{ file }] = await at.db.rawQuery('PRAGMA database_list')
    const other = new Sqlite(file)
    cleanup(() => void other.close())
    other.exec('BEGIN IMMEDIATE')
    const accepting = at.archive.accept(once('Subject: x\r\n\r\n'), envelope())
    let ticks = 0
    const ticking = setInterval(() => ticks++, 10)
    setTimeout(() => other.exec('COMMIT'), 400)
    assert.equal((await accepting).number, 1)
    clearInterval(ticking)
    assert.isAbove(ticks, 5, 'the event loop stayed free')
  })

  test('is a transient failure when it is never freed, and works again without a restart', async ({
    assert,
    cleanup,
  }) => {
    const { db, place, close } = await freshDatabase()
    cleanup(close)
    const other = new Sqlite(place)
    cleanup(() => void other.close())
    other.exec('BEGIN IMMEDIATE')
    const write = () => transaction(db, async (trx) => trx.from('counters').increment('value', 1))
    await assert.rejects(write, TransientError)
    other.exec('COMMIT')
    await write()
  }).timeout(60_000)
})
