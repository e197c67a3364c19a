import { test } from '@japa/runner'
import { readdir, readFile } from 'node:fs/promises'
import { Blobs, DiskDriver, type BlobRange } from '#blobs'
import { transaction } from '#transaction'
import { Breaker } from '../faults/breaker.ts'
import { faultyDatabase } from '../faults/faulty_database.ts'
import { chunks, content, failureOf, freshStorage, gather } from './storage.ts'
import { killedWriter } from './killed_writer.ts'

/** Sealed, this is 16 KiB at most, and a byte more is not: the largest blob that lies in a row. */
const LARGEST = 16 * 1024

const filesBelow = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)

type Storage = Awaited<ReturnType<typeof freshStorage>>

async function storeSmall({ blobs, db }: Storage, bytes: Buffer) {
  const written = await blobs.write(chunks([bytes]), { inRow: true })
  await transaction(db, (trx) => blobs.record(trx, written))
  return written
}

test.group('blobs: small ones in rows', () => {
  test('come back whole and in ranges, by another process too, without a file', async ({
    assert,
    cleanup,
  }) => {
    const storage = await freshStorage({ cleanup })
    const bytes = Buffer.concat([...content(5000)])
    const { id, sha256 } = await storeSmall(storage, bytes)
    assert.lengthOf(await filesBelow(storage.bytesDir), 0)
    const blobs = await storage.reopened()
    const ranges: BlobRange[] = [
      { start: 0 },
      { start: 0, end: 0 },
      { start: 17, end: 18 },
      { start: 4999 },
      { start: 5000 },
    ]
    for (const range of ranges) {
      const expected = bytes.subarray(range.start, range.end)
      assert.deepEqual(await gather(blobs.read(id, range)), expected, JSON.stringify(range))
    }
    await blobs.verify(id)
    assert.include(await blobs.stat(id), { id, size: 5000, sha256 })
    assert.deepEqual(await blobs.ids({ limit: 10 }), [id])
  })

  test('are those whose sealed bytes fit, the empty one too; larger ones and the unasked are files', async ({
    assert,
    cleanup,
  }) => {
    const storage = await freshStorage({ cleanup })
    const { db, blobs, store } = storage
    for (const size of [0, 1, 1000, LARGEST - 1000, LARGEST, 3 * LARGEST]) {
      const bytes = Buffer.concat([...content(size)])
      const { id, sealed } = await storeSmall(storage, bytes)
      const rows = await db.from('small_blobs').where('blob', id)
      assert.lengthOf(rows, size < LARGEST ? 1 : 0, String(size))
      assert.equal(sealed.bytes !== null, size < LARGEST, String(size))
      if (sealed.bytes) assert.isAtMost(sealed.bytes.length, LARGEST)
      assert.deepEqual(await gather(blobs.read(id)), bytes)
    }
    const { id } = await store(content(10))
    assert.lengthOf(await db.from('small_blobs').where('blob', id), 0)
    assert.lengthOf(await filesBelow(storage.bytesDir), 3)
  })

  test('lie in the database sealed', async ({ assert, cleanup }) => {
    const storage = await freshStorage({ cleanup })
    const bytes = Buffer.from('Steuernummer 13/456/78901 '.repeat(40))
    await storeSmall(storage, bytes)
    const [row] = (await storage.db.from('small_blobs')) as { bytes: Buffer }[]
    assert.isFalse(Buffer.from(row!.bytes).includes('Steuernummer'))
    if (process.env.TEST_DATABASE_URL) return
    for (const file of [storage.place, `${storage.place}-wal`]) {
      assert.isFalse((await readFile(file)).includes('Steuernummer'), file)
    }
  })

  test('that were written and never recorded are nowhere', async ({ assert, cleanup }) => {
    const { blobs, db, bytesDir } = await freshStorage({ cleanup })
    const written = await blobs.write(chunks(content(100)), { inRow: true })
    await blobs.discard(written)
    const failed = blobs.recording(written, () =>
      transaction(db, async (trx) => {
        await blobs.record(trx, written)
        throw new Error('not so')
      })
    )
    assert.equal((await failureOf(failed)).message, 'not so')
    for (const table of ['blobs', 'blob_keys', 'small_blobs']) {
      assert.lengthOf(await db.from(table), 0, table)
    }
    assert.lengthOf(await filesBelow(bytesDir), 0)
    assert.include(await failureOf(gather(blobs.read(written.id))), { code: 'E_NO_BLOB' })
  })

  test('are checked at every read: missing, cut, changed, or another’s', async ({
    assert,
    cleanup,
  }) => {
    const storage = await freshStorage({ cleanup })
    const { db, blobs } = storage
    const one = await storeSmall(storage, Buffer.concat([...content(1000)]))
    const two = await storeSmall(storage, Buffer.concat([...content(1000)]))
    const sealed = Buffer.from(one.sealed.bytes!)
    const flipped = Buffer.from(sealed)
    flipped[500]! ^= 1
    const put = (bytes: Uint8Array) =>
      db
        .from('small_blobs')
        .where('blob', one.id)
        .update({ bytes: Buffer.from(bytes) })
    const wrong = {
      changed: flipped,
      cut: sealed.subarray(0, -1),
      longer: Buffer.concat([sealed, Buffer.alloc(1)]),
      empty: Buffer.alloc(0),
      another: two.sealed.bytes!,
    }
    for (const [name, bytes] of Object.entries(wrong)) {
      await put(bytes)
      for (const work of [() => gather(blobs.read(one.id)), () => blobs.verify(one.id)]) {
        assert.include(await failureOf(work()), { name: 'IntegrityError' }, name)
      }
    }
    await db.from('small_blobs').where('blob', one.id).delete()
    assert.include(await failureOf(blobs.verify(one.id)), { code: 'E_BLOB_MISSING' })
    await db.table('small_blobs').insert({ blob: one.id, bytes: sealed })
    await blobs.verify(one.id)
    await blobs.verify(two.id)
  })

  test('are gone with their key when shredded, from the files of the database too', async ({
    assert,
    cleanup,
  }) => {
    const storage = await freshStorage({ cleanup })
    const { db, blobs, place } = storage
    const { id, sealed } = await storeSmall(storage, Buffer.concat([...content(1000)]))
    const kept = await storeSmall(storage, Buffer.concat([...content(1000)]))
    await blobs.shred(id)
    assert.include(await failureOf(gather(blobs.read(id))), { code: 'E_SHREDDED' })
    assert.deepEqual(
      (await db.from('small_blobs')).map(({ blob }: { blob: string }) => blob),
      [kept.id]
    )
    await blobs.verify(kept.id)
    await blobs.shred(id)
    if (process.env.TEST_DATABASE_URL) return
    assert.isFalse((await readFile(place)).includes(Buffer.from(sealed.bytes!)))
    assert.isFalse((await readFile(`${place}-wal`)).includes(Buffer.from(sealed.bytes!)))
  })

  test('are not what the sweep looks for', async ({ assert, cleanup }) => {
    const storage = await freshStorage({ cleanup })
    const { id } = await storeSmall(storage, Buffer.alloc(10))
    assert.equal(await storage.blobs.sweep(new Date(Date.now() + 60_000)), 0)
    await storage.blobs.verify(id)
  })

  for (const when of ['before', 'after'] as const) {
    test(`each write of theirs fails once, ${when} it took place: whole or not at all, and the next one works`, async ({
      assert,
      cleanup,
    }) => {
      const storage = await freshStorage({ cleanup })
      const { db, keys, bytesDir, place } = storage
      const bytes = Buffer.concat([...content(2000)])
      const write = async (breaker: Breaker) => {
        const broken = faultyDatabase(place, breaker)
        const blobs = new Blobs({ db: broken, driver: new DiskDriver(bytesDir), keys })
        try {
          const written = await blobs.write(chunks([bytes, bytes]), { inRow: true })
          await blobs.recording(written, () =>
            transaction(broken, (trx) => blobs.record(trx, written))
          )
          return written.id
        } finally {
          await broken.manager.closeAll(true)
        }
      }
      const learning = new Breaker()
      const stored = [await write(learning)]
      assert.includeMembers(learning.passed, ['database INSERT small_blobs', 'database COMMIT'])
      for (let nth = 1; nth <= learning.passed.length; nth++) {
        const breaker = new Breaker({ nth, when })
        const id = await write(breaker).catch(() => undefined)
        if (id) stored.push(id)
        const whole = breaker.broken === 'database COMMIT' && when === 'after'
        const known: string[] = (await db.from('blobs')).map((row: { id: string }) => row.id)
        assert.includeMembers(known, stored, breaker.broken)
        assert.lengthOf(known, stored.length + Number(whole), breaker.broken)
        for (const table of ['blob_keys', 'small_blobs']) {
          assert.sameMembers(
            (await db.from(table)).map(({ blob }: { blob: string }) => blob),
            known,
            `${table}: ${breaker.broken}`
          )
        }
        const blobs = await storage.reopened()
        for (const each of known) await blobs.verify(each)
        stored.splice(0, stored.length, ...known)
        stored.push(await write(new Breaker()))
      }
      assert.lengthOf(await filesBelow(bytesDir), 0)
    })
  }

  test('kill -9 while many are written together: each that was told of is whole, each other whole or nowhere', async ({
    assert,
    cleanup,
  }) => {
    const storage = await freshStorage({ cleanup })
    const { db, ledger, told } = await killedWriter(storage, 3)
    const blobs = await storage.reopened()
    const noted: { key: string; value: string }[] = await db
      .from('settings')
      .where('key', 'like', 'blob.%')
    const there = noted.map(({ value }) => value)
    assert.isNotEmpty(told)
    assert.includeMembers(there, told)
    for (const table of ['blob_keys', 'small_blobs']) {
      assert.sameMembers(
        (await db.from(table)).map(({ blob }: { blob: string }) => blob),
        there,
        table
      )
    }
    for (const id of there) await blobs.verify(id)
    // On a slow disk each of them was killed before it published a checkpoint.
    await ledger.catchUp()
    const report = await ledger.verify()
    assert.deepEqual(report.problems, [])
    assert.equal(report.size, there.length)
  }).timeout(60_000)
})
