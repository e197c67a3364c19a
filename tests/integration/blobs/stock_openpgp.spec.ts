import { test } from '@japa/runner'
import { execFile } from 'node:child_process'
import { createDecipheriv } from 'node:crypto'
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import * as openpgp from 'openpgp'
import type { Database } from '@adonisjs/lucid/database'
import { Blobs, StorageKeys } from '#blobs'
import { transaction } from '#transaction'
import { chunks, content, freshStorage, gather, MIB, temporaryFolder } from './storage.ts'

const run = promisify(execFile)
const repository = join(import.meta.dirname, '../../..')

/** The statement of docs/blob-format.md; only the id differs. */
async function rowOf(db: Database, id: string) {
  const docs = await documentation()
  const statement = /```sql\n([^`]+)```/.exec(docs)![1]!.replace(/'[0-9a-f-]{36}'/, `'${id}'`)
  const result = await db.rawQuery(statement)
  return (db.connection().dialect.name === 'postgres' ? result.rows : result)[0]
}

function documentation(): Promise<string> {
  return readFile(join(repository, 'docs/blob-format.md'), 'utf8')
}

/** The program of docs/blob-format.md, in a folder where only packages can be found. */
async function documentedProgram(folder: string): Promise<string> {
  const docs = await documentation()
  const program = join(folder, 'decrypt.mjs')
  await writeFile(program, /```js\n([^]*?)```\n/.exec(docs)![1]!)
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'))
  return program
}

test.group('blobs: decrypted by stock OpenPGP', () => {
  test('the documented program decrypts {size} bytes')
    .with([{ size: 0 }, { size: 5000 }, { size: 2 * MIB }, { size: 2_500_000 }])
    .run(async ({ assert, cleanup }, { size }) => {
      const { db, store, keysDir, fileOf } = await freshStorage({ cleanup })
      const bytes = Buffer.concat([...content(size)])
      const { id } = await store([bytes])
      const folder = await temporaryFolder({ cleanup })
      const rowFile = join(folder, 'row.json')
      await writeFile(rowFile, JSON.stringify(await rowOf(db, id)))
      const { stdout } = await run(
        process.execPath,
        [await documentedProgram(folder), join(keysDir, 'storage.key'), rowFile, fileOf(id)],
        { encoding: 'buffer', maxBuffer: 10 * MIB }
      )
      assert.isTrue(stdout.equals(bytes))
    })

  test('the documented program decrypts a blob that came in pieces', async ({
    assert,
    cleanup,
  }) => {
    const { blobs, db, keysDir, fileOf } = await freshStorage({ cleanup })
    const bytes = Buffer.concat([...content(2 * MIB + 30_000)])
    const planned = await blobs.growing.plan(bytes.length)
    await transaction(db, (trx) => blobs.growing.begin(trx, planned))
    for (const [start, end] of [
      [0, MIB + 20_000],
      [MIB + 20_000, MIB + 20_001],
      [MIB + 20_001, bytes.length],
    ]) {
      await blobs.growing.append(planned.id, chunks([bytes.subarray(start, end)]))
    }
    const grown = await blobs.growing.finish(planned.id)
    await transaction(db, (trx) => blobs.record(trx, grown))
    const folder = await temporaryFolder({ cleanup })
    const rowFile = join(folder, 'row.json')
    await writeFile(rowFile, JSON.stringify(await rowOf(db, planned.id)))
    const { stdout } = await run(
      process.execPath,
      [await documentedProgram(folder), join(keysDir, 'storage.key'), rowFile, fileOf(planned.id)],
      { encoding: 'buffer', maxBuffer: 10 * MIB }
    )
    assert.isTrue(stdout.equals(bytes))
  })

  test('the vector {name}: read by the documented program and by us')
    .with([{ name: 'blob' }, { name: 'grown_blob' }])
    .run(async ({ assert, cleanup }, { name }) => {
      const vector = join(repository, 'tests/fixtures/vectors', name)
      const plain = await readFile(join(vector, 'plain.bin'))
      const folder = await temporaryFolder({ cleanup })
      const { stdout } = await run(
        process.execPath,
        [
          await documentedProgram(folder),
          join(vector, 'storage.key'),
          join(vector, 'row.json'),
          join(vector, 'sealed.bin'),
        ],
        { encoding: 'buffer' }
      )
      assert.isTrue(stdout.equals(plain))

      const { db, driver, fileOf } = await freshStorage({ cleanup })
      const row = JSON.parse(await readFile(join(vector, 'row.json'), 'utf8'))
      const { id, epoch, size, sha256, crc32, segments } = row
      await db.table('epoch_keys').insert({
        id: epoch,
        public_key: row.public_key,
        sealed: row.sealed,
        created_at: 0,
      })
      await db.table('blobs').insert({
        id,
        size,
        sha256,
        crc32,
        segments,
        segment_size: row.segment_size,
        created_at: 0,
      })
      await db.table('blob_keys').insert({ blob: id, epoch, wrapped: row.wrapped })
      await mkdir(dirname(fileOf(id)), { recursive: true })
      await copyFile(join(vector, 'sealed.bin'), fileOf(id))
      await copyFile(join(vector, 'storage.key'), join(folder, 'storage.key'))
      const blobs = new Blobs({ db, driver, keys: await StorageKeys.load(folder) })
      await blobs.verify(id)
      const part = await gather(blobs.read(id, { start: 60, end: 130 }))
      assert.isTrue(part.equals(plain.subarray(60, 130)))
    })

  test('the documented program refuses a blob whose end is cut off', async ({
    assert,
    cleanup,
  }) => {
    const { db, store, keysDir, fileOf } = await freshStorage({ cleanup })
    const { id } = await store(content(2 * MIB))
    const folder = await temporaryFolder({ cleanup })
    const row = await rowOf(db, id)
    const [[, length]] = JSON.parse(row.segments) as [[number, number]]
    const rowFile = join(folder, 'row.json')
    await writeFile(rowFile, JSON.stringify({ ...row, size: MIB, segments: `[[1,${length}]]` }))
    const sealed = await readFile(fileOf(id))
    const cut = join(folder, 'cut')
    await writeFile(cut, sealed.subarray(0, length))
    await assert.rejects(
      async () =>
        run(process.execPath, [
          await documentedProgram(folder),
          join(keysDir, 'storage.key'),
          rowFile,
          cut,
        ]),
      /:0 instead of .*:0:last/
    )
  })

  test('a recovery key that was never on the machine opens the chain of keys', async ({
    assert,
    cleanup,
  }) => {
    const recovery = await openpgp.generateKey({
      type: 'curve25519',
      userIDs: { name: 'Recovery' },
      config: { v6Keys: true, aeadProtect: true },
    })
    const { db, driver, keysDir, fileOf } = await freshStorage({ cleanup })
    const keys = await StorageKeys.load(keysDir, { recoveryPublicKey: recovery.publicKey })
    const blobs = new Blobs({ db, driver, keys })
    const written = await blobs.write(chunks([Buffer.from('kept for later')]))
    await transaction(db, (trx) => blobs.record(trx, written))

    const row = await rowOf(db, written.id)
    const epoch = await openpgp.decrypt({
      message: await openpgp.readMessage({ armoredMessage: row.sealed }),
      decryptionKeys: await openpgp.readPrivateKey({ armoredKey: recovery.privateKey }),
      format: 'binary',
    })
    const unwrap = createDecipheriv(
      'id-aes256-wrap',
      epoch.data as Uint8Array,
      Buffer.from('A6A6A6A6A6A6A6A6', 'hex')
    )
    const sessionKey = Buffer.concat([
      unwrap.update(Buffer.from(row.wrapped, 'hex')),
      unwrap.final(),
    ])
    const message = await openpgp.readMessage({
      binaryMessage: new Uint8Array(await readFile(fileOf(written.id))),
    })
    const opened = await openpgp.decrypt({
      message,
      sessionKeys: { data: new Uint8Array(sessionKey), algorithm: 'aes256' },
    })
    assert.equal(opened.data, 'kept for later')
    assert.equal(opened.filename, `${written.id}:0:last`)
    assert.deepInclude(message.packets[0] as object, {
      version: 2,
      cipherAlgorithm: openpgp.enums.symmetric.aes256,
      aeadAlgorithm: openpgp.enums.aead.gcm,
    })
  })
})
