import { test } from '@japa/runner'
import { chmod, copyFile, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { content, failureOf, freshStorage, gather, MIB } from './storage.ts'

type Storage = Awaited<ReturnType<typeof freshStorage>>

async function change(file: string, edit: (bytes: Buffer) => Buffer) {
  await chmod(file, 0o600)
  await writeFile(file, edit(await readFile(file)))
}

/** Cuts the file into its segments and puts it together again from what `edit` makes of them. */
async function rearrange(storage: Storage, id: string, edit: (segments: Buffer[]) => Buffer[]) {
  const row = await storage.db.from('blobs').where('id', id).firstOrFail()
  await change(storage.fileOf(id), (bytes) => {
    const segments: Buffer[] = []
    let offset = 0
    for (const [count, length] of JSON.parse(row.segments) as [number, number][]) {
      for (let index = 0; index < count; index++, offset += length) {
        segments.push(bytes.subarray(offset, offset + length))
      }
    }
    return Buffer.concat(edit(segments))
  })
}

function setRow(storage: Storage, table: string, key: string, id: string, values: object) {
  return storage.db.from(table).where(key, id).update(values)
}

interface Case {
  title: string
  code: string
  tamper: (storage: Storage, id: string, other: string) => Promise<unknown>
}

/** Each on a blob of three full segments and a rest, beside another such blob. */
const cases: Case[] = [
  {
    title: 'a bit in a middle segment flipped',
    code: 'E_BLOB_TAMPERED',
    tamper: ({ fileOf }, id) =>
      change(fileOf(id), (bytes) => {
        bytes[MIB + MIB / 2]! ^= 4
        return bytes
      }),
  },
  {
    title: 'the last byte cut off',
    code: 'E_BLOB_TAMPERED',
    tamper: ({ fileOf }, id) => change(fileOf(id), (bytes) => bytes.subarray(0, -1)),
  },
  {
    title: 'a byte added',
    code: 'E_BLOB_TAMPERED',
    tamper: ({ fileOf }, id) =>
      change(fileOf(id), (bytes) => Buffer.concat([bytes, Buffer.from([0])])),
  },
  {
    title: 'the file emptied',
    code: 'E_BLOB_TAMPERED',
    tamper: ({ fileOf }, id) => change(fileOf(id), () => Buffer.alloc(0)),
  },
  {
    title: 'the file removed',
    code: 'E_BLOB_MISSING',
    tamper: ({ fileOf }, id) => unlink(fileOf(id)),
  },
  {
    title: 'two segments swapped',
    code: 'E_BLOB_TAMPERED',
    tamper: (storage, id) => rearrange(storage, id, ([a, b, c, d]) => [b!, a!, c!, d!]),
  },
  {
    title: 'a segment repeated in place of another',
    code: 'E_BLOB_TAMPERED',
    tamper: (storage, id) => rearrange(storage, id, ([a, , c, d]) => [a!, a!, c!, d!]),
  },
  {
    title: 'a segment dropped',
    code: 'E_BLOB_TAMPERED',
    tamper: (storage, id) => rearrange(storage, id, ([a, , c, d]) => [a!, c!, d!]),
  },
  {
    title: 'the last segment dropped, and the row made to fit',
    code: 'E_BLOB_TAMPERED',
    async tamper(storage, id) {
      let length = 0
      await rearrange(storage, id, ([a, b, c]) => {
        length = a!.length
        return [a!, b!, c!]
      })
      await setRow(storage, 'blobs', 'id', id, { size: 3 * MIB, segments: `[[3,${length}]]` })
    },
  },
  {
    title: 'a segment dropped in the middle, and the row made to fit',
    code: 'E_BLOB_TAMPERED',
    async tamper(storage, id) {
      let lengths: number[] = []
      await rearrange(storage, id, ([a, b, , d]) => {
        lengths = [a!.length, d!.length]
        return [a!, b!, d!]
      })
      const segments = `[[2,${lengths[0]}],[1,${lengths[1]}]]`
      await setRow(storage, 'blobs', 'id', id, { size: 2 * MIB + 1000, segments })
    },
  },
  {
    title: 'the files of two blobs swapped',
    code: 'E_BLOB_TAMPERED',
    async tamper({ fileOf }, id, other) {
      await rename(fileOf(id), `${fileOf(id)}.aside`)
      await rename(fileOf(other), fileOf(id))
      await rename(`${fileOf(id)}.aside`, fileOf(other))
    },
  },
  {
    title: "the file and the key of another blob put in this one's place",
    code: 'E_BLOB_TAMPERED',
    async tamper(storage, id, other) {
      await unlink(storage.fileOf(id))
      await copyFile(storage.fileOf(other), storage.fileOf(id))
      const { wrapped } = await storage.db.from('blob_keys').where('blob', other).firstOrFail()
      await setRow(storage, 'blob_keys', 'blob', id, { wrapped })
    },
  },
  {
    title: 'the wrapped key of another blob',
    code: 'E_BLOB_TAMPERED',
    async tamper(storage, id, other) {
      const { wrapped } = await storage.db.from('blob_keys').where('blob', other).firstOrFail()
      await setRow(storage, 'blob_keys', 'blob', id, { wrapped })
    },
  },
  {
    title: 'a changed wrapped key',
    code: 'E_BLOB_KEY_TAMPERED',
    tamper: (storage, id) => setRow(storage, 'blob_keys', 'blob', id, { wrapped: '00'.repeat(40) }),
  },
  {
    title: 'a wrapped key that is none',
    code: 'E_BLOB_KEY_TAMPERED',
    tamper: (storage, id) => setRow(storage, 'blob_keys', 'blob', id, { wrapped: 'nonsense' }),
  },
  {
    title: 'the wrapped key gone without shredding',
    code: 'E_BLOB_KEY_MISSING',
    tamper: ({ db }, id) => db.from('blob_keys').where('blob', id).delete(),
  },
  {
    title: 'a row that says the blob is shorter',
    code: 'E_BLOB_TAMPERED',
    tamper: (storage, id) => setRow(storage, 'blobs', 'id', id, { size: 3 * MIB + 999 }),
  },
  {
    title: 'a row that says the blob is much longer',
    code: 'E_BLOB_ROW',
    tamper: (storage, id) => setRow(storage, 'blobs', 'id', id, { size: 30 * MIB }),
  },
  {
    title: 'a row with another segment size',
    code: 'E_BLOB_ROW',
    tamper: (storage, id) => setRow(storage, 'blobs', 'id', id, { segment_size: 0 }),
  },
  {
    title: 'a malformed segment table',
    code: 'E_BLOB_ROW',
    tamper: (storage, id) => setRow(storage, 'blobs', 'id', id, { segments: '[[4,-1]]' }),
  },
]

/** What only comparing with the row finds: the bytes are in order. */
const onlyVerified: Case[] = [
  {
    title: 'a changed digest in the row',
    code: 'E_BLOB_DIGEST',
    tamper: (storage, id) => setRow(storage, 'blobs', 'id', id, { sha256: 'ab'.repeat(32) }),
  },
  {
    title: 'a changed checksum in the row',
    code: 'E_BLOB_DIGEST',
    tamper: (storage, id) => setRow(storage, 'blobs', 'id', id, { crc32: 1 }),
  },
]

test.group('blobs: tampering', () => {
  test('reading and verifying find: {title}')
    .with(cases)
    .run(async ({ assert, cleanup }, { code, tamper }) => {
      const storage = await freshStorage({ cleanup })
      const { id } = await storage.store(content(3 * MIB + 1000))
      const other = await storage.store(content(3 * MIB + 1000))
      await tamper(storage, id, other.id)
      assert.include(await failureOf(gather(storage.blobs.read(id))), {
        name: 'IntegrityError',
        code,
      })
      assert.include(await failureOf(storage.blobs.verify(id)), { name: 'IntegrityError', code })
    })

  test('verifying finds: {title}')
    .with(onlyVerified)
    .run(async ({ assert, cleanup }, { code, tamper }) => {
      const storage = await freshStorage({ cleanup })
      const { id } = await storage.store(content(1000))
      await tamper(storage, id, id)
      assert.include(await failureOf(storage.blobs.verify(id)), { name: 'IntegrityError', code })
    })

  test('each single bit of a small blob counts', async ({ assert, cleanup }) => {
    const { blobs, store, fileOf } = await freshStorage({ cleanup })
    const { id } = await store([Buffer.from('abc')])
    const sealed = await readFile(fileOf(id))
    await chmod(fileOf(id), 0o600)
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      await writeFile(fileOf(id), changed)
      const error = await failureOf(gather(blobs.read(id)))
      assert.include(error, { code: 'E_BLOB_TAMPERED' }, `bit ${bit}`)
    }
    await writeFile(fileOf(id), sealed)
    await blobs.verify(id)
  })

  test('each truncation of a small blob counts, an empty one included', async ({
    assert,
    cleanup,
  }) => {
    const { blobs, store, fileOf } = await freshStorage({ cleanup })
    for (const text of ['', 'abc']) {
      const { id } = await store([Buffer.from(text)])
      const sealed = await readFile(fileOf(id))
      await chmod(fileOf(id), 0o600)
      for (let length = 0; length < sealed.length; length++) {
        await writeFile(fileOf(id), sealed.subarray(0, length))
        assert.include(await failureOf(gather(blobs.read(id))), { code: 'E_BLOB_TAMPERED' })
      }
    }
  })

  test("an epoch key that is changed or put in another's place is found", async ({
    assert,
    cleanup,
  }) => {
    const storage = await freshStorage({ cleanup })
    const { id } = await storage.store(content(100))
    const { epoch } = await storage.db.from('blob_keys').where('blob', id).firstOrFail()
    const later = await freshStorage({ cleanup })
    await later.store(content(100))
    const foreign = await later.db.from('epoch_keys').firstOrFail()
    const sameKeyOtherName = await storage.keys.seal('epoch:other', new Uint8Array(32))

    for (const sealed of [foreign.sealed, sameKeyOtherName, 'nonsense']) {
      await setRow(storage, 'epoch_keys', 'id', epoch, { sealed })
      // Another process, which has the epoch key not in memory.
      const reader = await storage.reopened()
      assert.include(await failureOf(gather(reader.read(id))), { code: 'E_BLOB_KEY_TAMPERED' })
    }
  })

  test('what was handed out before the tampered segment is right', async ({ assert, cleanup }) => {
    const { blobs, store, fileOf } = await freshStorage({ cleanup })
    const bytes = Buffer.concat([...content(2 * MIB + 5)])
    const { id } = await store([bytes])
    await change(fileOf(id), (sealed) => {
      sealed[sealed.length - 30]! ^= 1
      return sealed
    })
    const read = await gather(blobs.read(id, { start: 10, end: 2 * MIB }))
    assert.isTrue(read.equals(bytes.subarray(10, 2 * MIB)))
    const parts: Buffer[] = []
    const stream = blobs.read(id)
    stream.on('data', (part: Buffer) => parts.push(part))
    const error = await failureOf(new Promise((_, reject) => stream.on('error', reject)))
    assert.include(error, { code: 'E_BLOB_TAMPERED' })
    assert.isTrue(bytes.subarray(0, 2 * MIB).equals(Buffer.concat(parts)))
  })
})
