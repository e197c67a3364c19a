import { test } from '@japa/runner'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, stat, truncate } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { type Blobs } from '#blobs'
import { transaction } from '#transaction'
import type { Database } from '@adonisjs/lucid/database'
import { Breaker } from '../faults/breaker.ts'
import { faultyDriver } from '../faults/faulty_driver.ts'
import { chunks, content, failureOf, freshStorage, gather, MIB } from './storage.ts'

async function begin(blobs: Blobs, db: Database, length: number): Promise<string> {
  const planned = await blobs.growing.plan(length)
  await transaction(db, (trx) => blobs.growing.begin(trx, planned))
  return planned.id
}

async function complete(blobs: Blobs, db: Database, id: string): Promise<void> {
  const grown = await blobs.growing.finish(id)
  await transaction(db, (trx) => blobs.record(trx, grown))
}

async function* broken(bytes: Buffer) {
  yield bytes
  throw new Error('The client vanished')
}

const bytes = Buffer.concat([...content(3 * MIB + 12_345)])

test.group('blobs: growing', () => {
  test('comes in any pieces, and is then read in any range', async ({ assert, cleanup }) => {
    const { blobs, db, reopened } = await freshStorage({ cleanup })
    const border = fc.oneof(
      fc.integer({ min: 0, max: bytes.length }),
      fc.constantFrom(0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB, bytes.length)
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(border, { maxLength: 5 }),
        border,
        border,
        async (cuts, one, other) => {
          const id = await begin(blobs, db, bytes.length)
          let done = 0
          for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
            assert.equal(await blobs.growing.size(id), done)
            const here = cut % 2 === 0 ? blobs : await reopened()
            done = await here.growing.append(id, chunks([...slices(bytes.subarray(done, cut))]))
            assert.equal(done, cut)
          }
          await complete(blobs, db, id)
          const [start, end] = [Math.min(one, other), Math.max(one, other)]
          assert.isTrue((await gather(blobs.read(id))).equals(bytes))
          const part = await gather(blobs.read(id, { start, end }))
          assert.isTrue(part.equals(bytes.subarray(start, end)))
          await blobs.verify(id)
        }
      ),
      { numRuns: 8 }
    )
  }).timeout(120_000)

  test('has no digests until it is read, and then those of its bytes', async ({
    assert,
    cleanup,
  }) => {
    const { blobs, db } = await freshStorage({ cleanup })
    const id = await begin(blobs, db, bytes.length)
    await blobs.growing.append(id, chunks([bytes]))
    await complete(blobs, db, id)
    assert.include(await blobs.stat(id), { size: bytes.length, sha256: null, crc32: null })

    const expected = {
      sha256: createHash('sha256').update(bytes).digest('hex'),
      crc32: crc32(bytes),
    }
    for (const taken of [0, 1, 2, 9]) {
      const reading = blobs.digesting(id)
      let pieces = 0
      // A scanner that stops early does not make the digest one of half the bytes.
      for await (const piece of reading.stream()) if (piece && ++pieces > taken) break
      assert.deepEqual(await reading.finish(), expected)
    }
    await transaction(db, (trx) => blobs.recordDigests(trx, id, expected))
    assert.include(await blobs.stat(id), expected)
    const wrong = { sha256: 'no', crc32: 1 }
    await transaction(db, (trx) => blobs.recordDigests(trx, id, wrong))
    assert.include(await blobs.stat(id), expected)
    await blobs.verify(id)
  })

  test('an empty one and one of a byte', async ({ assert, cleanup }) => {
    const { blobs, db } = await freshStorage({ cleanup })
    for (const length of [0, 1]) {
      const id = await begin(blobs, db, length)
      if (length > 0) await blobs.growing.append(id, chunks([Buffer.from('x')]))
      await blobs.growing.finish(id)
      await complete(blobs, db, id)
      assert.equal((await gather(blobs.read(id))).toString(), 'x'.repeat(length))
      await blobs.verify(id)
    }
  })

  test('what came before a broken connection stays, sealed', async ({ assert, cleanup }) => {
    const { blobs, db, bytesDir } = await freshStorage({ cleanup })
    const id = await begin(blobs, db, 100_000)
    const secret = Buffer.from('a very recognisable sentence')
    const error = await failureOf(blobs.growing.append(id, broken(secret)))
    assert.equal(error.message, 'The client vanished')
    assert.equal(await blobs.growing.size(id), secret.length)
    const sealed = await readFile(join(bytesDir, 'incoming', id))
    assert.isFalse(sealed.includes(secret))
    assert.include(await failureOf(blobs.growing.finish(id)), { code: 'E_INCOMPLETE' })
  })

  test('bytes beyond what the row says are cut off, and bytes short of it are a loss', async ({
    assert,
    cleanup,
  }) => {
    const { blobs, db, bytesDir, driver } = await freshStorage({ cleanup })
    const id = await begin(blobs, db, bytes.length)
    await blobs.growing.append(id, chunks([bytes.subarray(0, MIB + 5)]))
    const file = join(bytesDir, 'incoming', id)
    const { size } = await stat(file)
    const rest = (await driver.grow(id, size))!
    await rest.append(Buffer.from('remains of a crash'))
    await rest.close()
    await blobs.growing.append(id, chunks([bytes.subarray(MIB + 5)]))
    await complete(blobs, db, id)
    assert.isTrue((await gather(blobs.read(id))).equals(bytes))

    const lost = await begin(blobs, db, 100)
    await blobs.growing.append(lost, chunks([Buffer.alloc(50)]))
    await truncate(join(bytesDir, 'incoming', lost), 10)
    assert.include(await failureOf(blobs.growing.append(lost, chunks([]))), {
      code: 'E_BLOB_MISSING',
    })
  })

  test('more than was announced is refused, and so are too many short pieces', async ({
    assert,
    cleanup,
  }) => {
    const { blobs, db } = await freshStorage({ cleanup })
    const id = await begin(blobs, db, 3)
    assert.include(await failureOf(blobs.growing.append(id, chunks([Buffer.from('abcd')]))), {
      code: 'E_TOO_LARGE',
    })
    await complete(blobs, db, id)
    assert.equal((await gather(blobs.read(id))).toString(), 'abc')

    const drops = await begin(blobs, db, 10_000)
    const table = JSON.stringify([[2000, 185, 1]])
    await db.from('growing_blobs').where('id', drops).update({ segments: table, size: 2000 })
    assert.include(await failureOf(blobs.growing.append(drops, chunks([Buffer.from('x')]))), {
      code: 'E_TOO_FRAGMENTED',
    })
  })

  test('whoever lost the right to write stops, and one that was overtaken notes nothing', async ({
    assert,
    cleanup,
  }) => {
    const { blobs, db } = await freshStorage({ cleanup })
    const id = await begin(blobs, db, 10 * MIB)
    let pieces = 0
    const guard = () => {
      if (++pieces > 2) throw new Error('Somebody else writes')
    }
    const error = await failureOf(blobs.growing.append(id, chunks(content(10 * MIB)), { guard }))
    assert.equal(error.message, 'Somebody else writes')
    assert.equal(await blobs.growing.size(id), 2 * MIB)

    async function* slow() {
      yield Buffer.alloc(10)
      await db
        .from('growing_blobs')
        .where('id', id)
        .update({ size: 3 * MIB })
    }
    assert.include(await failureOf(blobs.growing.append(id, slow())), { code: 'E_OVERTAKEN' })
    assert.equal(await blobs.growing.size(id), 3 * MIB)
  })

  test('one that was given up leaves nothing, and the sweep spares what still grows', async ({
    assert,
    cleanup,
  }) => {
    const { blobs, db, bytesDir, fileOf } = await freshStorage({ cleanup })
    const [kept, given] = [await begin(blobs, db, 100), await begin(blobs, db, 100)]
    for (const id of [kept, given]) {
      await blobs.growing.append(id, chunks([Buffer.alloc(60)]))
    }
    await blobs.growing.abandon(given)
    await assert.rejects(() => stat(join(bytesDir, 'incoming', given)), /ENOENT/)
    assert.include(await failureOf(blobs.growing.append(given, chunks([]))), { code: 'E_NO_BLOB' })
    await pause(20)
    assert.equal(await blobs.sweep(new Date()), 0)
    await blobs.growing.append(kept, chunks([Buffer.alloc(40)]))
    await complete(blobs, db, kept)
    await blobs.growing.abandon(kept)
    await stat(fileOf(kept))
    assert.equal(await blobs.sweep(new Date()), 0)
    assert.lengthOf(await gather(blobs.read(kept)), 100)
  })

  test('every write broken before and after it took place: it goes on and is whole', async ({
    assert,
    cleanup,
  }) => {
    const breaker = new Breaker()
    const { blobs, db } = await freshStorage({ cleanup }, (driver) => faultyDriver(driver, breaker))
    const pieces = [bytes.subarray(0, 1000), bytes.subarray(1000, 2 * MIB), bytes.subarray(2 * MIB)]
    async function life(id: string) {
      for (;;) {
        const size = await blobs.growing.size(id)
        if (size === bytes.length) break
        const piece = pieces.find((one) => one.byteOffset - bytes.byteOffset >= size)
        await blobs.growing.append(id, chunks([piece ?? bytes.subarray(size)]))
      }
      await complete(blobs, db, id)
    }
    await life(await begin(blobs, db, bytes.length))
    const writes = breaker.passed.length
    assert.isAbove(writes, 8)
    for (let nth = 1; nth <= writes; nth++) {
      for (const when of ['before', 'after'] as const) {
        breaker.arm(undefined)
        const id = await begin(blobs, db, bytes.length)
        breaker.arm({ nth, when })
        const error = await failureOf(life(id))
        assert.include(error, { code: 'EIO' }, `${nth} ${when} ${breaker.broken}`)
        await life(id)
        assert.isTrue((await gather(blobs.read(id))).equals(bytes), `${nth} ${when}`)
      }
    }
  }).timeout(120_000)

  test('a crash between the rename and the row costs nothing', async ({ assert, cleanup }) => {
    const { blobs, db, bytesDir, fileOf } = await freshStorage({ cleanup })
    const id = await begin(blobs, db, bytes.length)
    await blobs.growing.append(id, chunks([bytes.subarray(0, 10)]))
    await blobs.growing.append(id, chunks([bytes.subarray(10)]))
    await blobs.growing.finish(id)
    await stat(fileOf(id))
    await complete(blobs, db, id)
    assert.isTrue((await gather(blobs.read(id))).equals(bytes))
    assert.equal((await stat(fileOf(id))).mode & 0o777, 0o400)

    const early = await begin(blobs, db, 20)
    await blobs.growing.append(early, chunks([Buffer.alloc(10, 1)]))
    await rename(join(bytesDir, 'incoming', early), await below(fileOf(early)))
    await blobs.growing.append(early, chunks([Buffer.alloc(10, 2)]))
    await complete(blobs, db, early)
    assert.deepEqual([...(await gather(blobs.read(early)))].slice(9, 11), [1, 2])
  })
})

/** In pieces that do not fit segments. */
function* slices(whole: Buffer) {
  for (let at = 0; at < whole.length; at += 100_000) yield whole.subarray(at, at + 100_000)
}

async function below(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  return path
}
