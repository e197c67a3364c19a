import { test } from '@japa/runner'
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { Blobs, StorageKeys, type WrittenBlob } from '#blobs'
import { transaction } from '#transaction'
import { chunks, content, failureOf, freshStorage, gather, MIB } from './storage.ts'

test.group('blobs: written and read', () => {
  test('gives back {size} bytes as they came')
    .with([
      { size: 0 },
      { size: 1 },
      { size: 10_000 },
      { size: MIB - 1 },
      { size: MIB },
      { size: MIB + 1 },
      { size: 3 * MIB },
      { size: 3 * MIB + 5 },
    ])
    .run(async ({ assert, cleanup }, { size }) => {
      const { blobs, store } = await freshStorage({ cleanup })
      const bytes = Buffer.concat([...content(size)])
      const written = await store([bytes])
      assert.equal(written.size, size)
      assert.equal(written.sha256, createHash('sha256').update(bytes).digest('hex'))
      assert.equal(written.crc32, crc32(bytes))
      const stat = await blobs.stat(written.id)
      assert.deepInclude(stat, {
        id: written.id,
        size,
        sha256: written.sha256,
        crc32: written.crc32,
      })
      assert.closeTo(stat.createdAt.getTime(), Date.now(), 60_000)
      const read = await gather(blobs.read(written.id))
      assert.isTrue(read.equals(bytes))
      await blobs.verify(written.id)
    })

  test('lends {size} bytes piece by piece, each until the next is asked for')
    .with([{ size: 0 }, { size: 10_000 }, { size: 3 * MIB + 5 }])
    .run(async ({ assert, cleanup }, { size }) => {
      const { blobs, store } = await freshStorage({ cleanup })
      const bytes = Buffer.concat([...content(size)])
      const { id } = await store([bytes])
      const lent: Buffer[] = []
      let at = 0
      for await (const piece of blobs.lend(id)) {
        assert.isTrue(lent.every(({ length }) => length === 0))
        assert.isTrue(piece.equals(bytes.subarray(at, at + piece.length)))
        at += piece.length
        lent.push(piece)
      }
      assert.equal(at, size)
      assert.isTrue(lent.every(({ length }) => length === 0))
      const range = { start: Math.floor(size / 2), end: size }
      for await (const piece of blobs.lend(id, range)) {
        assert.isTrue(piece.equals(bytes.subarray(range.start, range.start + piece.length)))
        lent.push(piece)
        break
      }
      assert.lengthOf(lent.at(-1) ?? [], 0)
      assert.throws(() => blobs.lend(id, { start: 2, end: 1 }), /is not a range/)
    })

  test('does not depend on how the bytes are cut', async ({ assert, cleanup }) => {
    const { blobs, store } = await freshStorage({ cleanup })
    const bytes = Buffer.concat([...content(MIB + 3000)])
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 8 }),
        async (sizes) => {
          const parts: Buffer[] = []
          let done = 0
          for (const size of sizes) {
            parts.push(bytes.subarray(done, done + size))
            done += size
          }
          const written = await store([...parts, bytes.subarray(done)])
          const read = await gather(blobs.read(written.id))
          assert.isTrue(read.equals(bytes))
        }
      ),
      { numRuns: 15 }
    )
  })

  test('keeps what came although the source reuses its buffer', async ({ assert, cleanup }) => {
    const { blobs, store } = await freshStorage({ cleanup })
    const reused = Buffer.alloc(1000)
    async function* source() {
      for (let value = 1; value <= 3; value++) yield reused.fill(value)
    }
    const written = await store(source())
    const read = await gather(blobs.read(written.id))
    assert.deepEqual([read[0], read[1000], read[2999]], [1, 2, 3])
  })

  test('reads any range', async ({ assert, cleanup }) => {
    const { blobs, store } = await freshStorage({ cleanup })
    const bytes = Buffer.concat([...content(2 * MIB + 777)])
    const { id } = await store([bytes])
    const border = fc.oneof(
      fc.integer({ min: 0, max: bytes.length + 10 }),
      fc.constantFrom(0, MIB - 1, MIB, MIB + 1, 2 * MIB, bytes.length)
    )
    await fc.assert(
      fc.asyncProperty(border, fc.option(border, { nil: undefined }), async (one, other) => {
        const start = other === undefined ? one : Math.min(one, other)
        const end = other === undefined ? undefined : Math.max(one, other)
        const read = await gather(blobs.read(id, { start, end }))
        assert.isTrue(read.equals(bytes.subarray(start, end)))
      }),
      { numRuns: 60 }
    )
  })

  test('refuses {start}-{end} as a range')
    .with([
      { start: -1, end: undefined },
      { start: 5, end: 4 },
      { start: 0.5, end: undefined },
      { start: 0, end: Number.NaN },
    ])
    .run(async ({ assert, cleanup }, range) => {
      const { blobs, store } = await freshStorage({ cleanup })
      const { id } = await store([Buffer.from('abcdef')])
      assert.throws(() => blobs.read(id, range), /is not a range/)
    })

  test('stores no plain text, and equal bytes differently', async ({ assert, cleanup }) => {
    const { store, driver } = await freshStorage({ cleanup })
    const secret = Buffer.from('a very recognisable sentence')
    const sealed: Buffer[] = []
    for (let round = 0; round < 2; round++) {
      const { id } = await store([secret])
      const bytes = (await driver.open(id))!
      sealed.push(Buffer.from(await bytes.read(0, bytes.size)))
      await bytes.close()
    }
    assert.isFalse(sealed[0]!.includes(secret))
    assert.isFalse(sealed[0]!.equals(sealed[1]!))
  })

  test('a small blob costs less than 150 bytes more at rest', async ({ assert, cleanup }) => {
    const { store, driver } = await freshStorage({ cleanup })
    const { id } = await store(content(10_000))
    const bytes = (await driver.open(id))!
    await bytes.close()
    assert.isBelow(bytes.size, 10_000 + 150)
  })

  test('lists ids by pages, and tells what is not there', async ({ assert, cleanup }) => {
    const { blobs, store } = await freshStorage({ cleanup })
    const stored: string[] = []
    for (let round = 0; round < 5; round++) {
      const { id } = await store(content(10))
      stored.push(id)
    }
    const first = await blobs.ids({ limit: 3 })
    const rest = await blobs.ids({ after: first.at(-1), limit: 3 })
    assert.deepEqual([...first, ...rest], stored.toSorted())

    const unknown = '00000000-0000-4000-8000-000000000000'
    for (const id of [unknown, '../../../etc/passwd', '']) {
      for (const work of [
        () => blobs.stat(id),
        () => gather(blobs.read(id)),
        () => blobs.verify(id),
        () => blobs.shred(id),
      ]) {
        assert.include(await failureOf(work()), { name: 'NotFound', code: 'E_NO_BLOB' })
      }
    }
  })

  test('does not exist before its transaction commits', async ({ assert, cleanup }) => {
    const { blobs, db } = await freshStorage({ cleanup })
    const written = await blobs.write(chunks(content(100)))
    await failureOf(
      transaction(db, async (trx) => {
        await blobs.record(trx, written)
        throw new Error('rolled back')
      })
    )
    assert.include(await failureOf(blobs.stat(written.id)), { code: 'E_NO_BLOB' })
    await transaction(db, (trx) => blobs.record(trx, written))
    assert.lengthOf(await gather(blobs.read(written.id)), 100)
  })

  test('many at once, in one transaction and in several', async ({ assert, cleanup }) => {
    const { blobs, db, store } = await freshStorage({ cleanup })
    const sizes = [0, 1, 500, 20_000, MIB, 2 * MIB + 1, 70_000, 3]
    const together = await Promise.all(sizes.map((size) => blobs.write(chunks(content(size)))))
    await transaction(db, async (trx) => {
      for (const written of together) await blobs.record(trx, written)
    })
    const apart = await Promise.all(sizes.map((size) => store(content(size))))
    await Promise.all([...together, ...apart].map(({ id }) => blobs.verify(id)))
    const epochs = await db.from('epoch_keys')
    assert.lengthOf(epochs, 1)
  })

  test('takes a new epoch key each day, and reads those of earlier days and other processes', async ({
    assert,
    cleanup,
  }) => {
    const { db, driver, keysDir } = await freshStorage({ cleanup })
    let now = new Date('2026-03-01T23:59:59Z')
    const keys = await StorageKeys.load(keysDir)
    const writer = new Blobs({ db, driver, keys, now: () => now })
    const written: WrittenBlob[] = []
    for (const time of ['2026-03-01T23:59:59Z', '2026-03-02T00:00:00Z', '2026-03-02T12:00:00Z']) {
      now = new Date(time)
      written.push(await writer.write(chunks(content(50))))
    }
    await transaction(db, async (trx) => {
      for (const blob of written) await writer.record(trx, blob)
    })
    assert.lengthOf(await db.from('epoch_keys'), 2)
    const reader = new Blobs({ db, driver, keys: await StorageKeys.load(keysDir) })
    for (const { id } of written) await reader.verify(id)
  })
})
