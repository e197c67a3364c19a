import { test } from '@japa/runner'
import { randomUUID } from 'node:crypto'
import { mkdir, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { chunks, content, freshStorage, gather } from './storage.ts'

const HOUR = 3600 * 1000

async function age(file: string, by: number) {
  const then = new Date(Date.now() - by)
  await utimes(file, then, then)
}

test.group('blobs: sweep', () => {
  test('removes old remains of crashes, and nothing else', async ({ assert, cleanup }) => {
    const { blobs, store, driver, bytesDir, fileOf } = await freshStorage({ cleanup })
    const recorded = await store(content(100))
    const unrecorded = await blobs.write(chunks(content(100)))
    const young = await blobs.write(chunks(content(100)))
    const halfOld = randomUUID()
    const halfYoung = randomUUID()
    for (const key of [halfOld, halfYoung]) {
      const upload = driver.create(key)
      await upload.append(Buffer.from('half'))
      cleanup(() => upload.abort())
    }
    const foreign = join(bytesDir, 'README')
    await writeFile(foreign, 'not ours')
    for (const file of [fileOf(recorded.id), fileOf(unrecorded.id), fileOf(halfOld), foreign]) {
      await age(file, 2 * HOUR)
    }

    assert.equal(await blobs.sweep(new Date(Date.now() - HOUR)), 2)
    await assert.rejects(() => stat(fileOf(unrecorded.id)), /ENOENT/)
    await assert.rejects(() => stat(fileOf(halfOld)), /ENOENT/)
    await blobs.verify(recorded.id)
    await stat(fileOf(young.id))
    await stat(fileOf(halfYoung))
    await stat(foreign)
    assert.equal(await blobs.sweep(new Date(Date.now() - HOUR)), 0)
  })

  test('asks in batches', async ({ assert, cleanup }) => {
    const { blobs, store, fileOf } = await freshStorage({ cleanup })
    const { id } = await store(content(10))
    const remains = Array.from({ length: 1100 }, () => fileOf(randomUUID()))
    for (const file of remains) {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, '')
    }
    await pause(20)
    assert.equal(await blobs.sweep(new Date()), 1100)
    assert.lengthOf(await gather(blobs.read(id)), 10)
  })

  test('removes the bytes of shredded blobs that shredding could not reach', async ({
    assert,
    cleanup,
  }) => {
    const { blobs, store, fileOf } = await freshStorage({ cleanup }, (driver) => ({
      create: (key) => driver.create(key),
      grow: (key, length) => driver.grow(key, length),
      open: (key) => driver.open(key),
      list: () => driver.list(),
      remove: () => Promise.reject(new Error('The store is down')),
    }))
    const { id } = await store(content(10))
    await blobs.shred(id)
    await stat(fileOf(id))
    await pause(20)
    assert.equal(await blobs.sweep(new Date()), 1)
    await assert.rejects(() => stat(fileOf(id)), /ENOENT/)
  })

  test('an empty store is swept, too', async ({ assert, cleanup }) => {
    const { blobs } = await freshStorage({ cleanup })
    assert.equal(await blobs.sweep(new Date()), 0)
  })
})
