import { test } from '@japa/runner'
import { existsSync } from 'node:fs'
import { copyFile, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import type { WrittenBlob } from '#blobs'
import { content, failureOf, freshStorage, gather } from './storage.ts'

/** Whether SQLite's files contain the text; on PostgreSQL the files are the server's. */
async function inFiles(place: string, text: string): Promise<boolean> {
  const files = [place, `${place}-wal`].filter((file) => existsSync(file))
  const contents = await Promise.all(files.map((file) => readFile(file)))
  return contents.some((bytes) => bytes.includes(text))
}

test.group('blobs: shredding', () => {
  test('a shredded blob is neither read nor listed, but known', async ({ assert, cleanup }) => {
    const { blobs, db, store, fileOf } = await freshStorage({ cleanup })
    const { id } = await store(content(1000))
    const kept = await store(content(1000))
    await copyFile(fileOf(id), `${fileOf(id)}.copy`)
    await blobs.shred(id)

    assert.isFalse(existsSync(fileOf(id)))
    assert.lengthOf(await db.from('blob_keys').where('blob', id), 0)
    await copyFile(`${fileOf(id)}.copy`, fileOf(id))
    for (const work of [() => gather(blobs.read(id)), () => blobs.verify(id)]) {
      assert.include(await failureOf(work()), { name: 'NotFound', code: 'E_SHREDDED' })
    }
    assert.include(await blobs.stat(id), { size: 1000 })
    assert.deepEqual(await blobs.ids({ limit: 10 }), [kept.id])
    await blobs.verify(kept.id)
  })

  test('may be repeated, and keeps its first time', async ({ assert, cleanup }) => {
    const { blobs, db, store } = await freshStorage({ cleanup })
    const { id } = await store(content(10))
    await blobs.shred(id)
    const first = await db.from('blobs').where('id', id).firstOrFail()
    await pause(5)
    await blobs.shred(id)
    const second = await db.from('blobs').where('id', id).firstOrFail()
    assert.isAbove(first.shredded_at, 0)
    assert.equal(second.shredded_at, first.shredded_at)
  })

  test('the wrapped key is in no file of SQLite any more', async ({ assert, cleanup }) => {
    const { blobs, place, store } = await freshStorage({ cleanup })
    const written: WrittenBlob[] = []
    for (let number = 0; number < 30; number++) written.push(await store(content(10)))
    const { id, sealed } = written[15]!
    assert.isTrue(await inFiles(place, sealed.wrappedKey))
    await blobs.shred(id)
    assert.isFalse(await inFiles(place, sealed.wrappedKey))
    assert.isTrue(await inFiles(place, written[16]!.sealed.wrappedKey))
  }).skip(Boolean(process.env.TEST_DATABASE_URL), 'The files are the PostgreSQL server’s')

  test('waits for a reader that keeps the old page in the log', async ({ assert, cleanup }) => {
    const { blobs, place, store } = await freshStorage({ cleanup })
    const { id, sealed } = await store(content(10))
    const reader = new BetterSqlite3(place, { readonly: true })
    cleanup(() => {
      reader.close()
    })
    reader.exec('BEGIN')
    reader.prepare('SELECT * FROM blob_keys').all()
    let finished = false
    const shredding = blobs.shred(id).then(() => (finished = true))
    await pause(300)
    assert.isFalse(finished)
    assert.isTrue(await inFiles(place, sealed.wrappedKey))
    reader.exec('COMMIT')
    await shredding
    assert.isFalse(await inFiles(place, sealed.wrappedKey))
  }).skip(Boolean(process.env.TEST_DATABASE_URL), 'About SQLite’s write-ahead log')
})
