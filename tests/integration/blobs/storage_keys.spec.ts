import { test } from '@japa/runner'
import { copyFile, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as openpgp from 'openpgp'
import { Blobs, StorageKeys } from '#blobs'
import { transaction } from '#transaction'
import { chunks, content, failureOf, freshStorage, gather, temporaryFolder } from './storage.ts'

test.group('blobs: storage keys', () => {
  test('are made once, for the owner only', async ({ assert, cleanup }) => {
    const folder = join(await temporaryFolder({ cleanup }), 'keys')
    const loaded = await Promise.all([1, 2, 3].map(() => StorageKeys.load(folder)))
    assert.equal(new Set(loaded.map((keys) => keys.fingerprint)).size, 1)
    const { mode } = await stat(join(folder, 'storage.key'))
    assert.equal(mode & 0o777, 0o600)
    const before = await readFile(join(folder, 'storage.key'), 'utf8')
    const again = await StorageKeys.load(folder)
    assert.equal(again.fingerprint, loaded[0]!.fingerprint)
    assert.equal(await readFile(join(folder, 'storage.key'), 'utf8'), before)
  })

  test('a lost public half is made again from the private one', async ({ assert, cleanup }) => {
    const folder = await temporaryFolder({ cleanup })
    const { fingerprint } = await StorageKeys.load(folder)
    await rm(join(folder, 'storage.pub'))
    const again = await StorageKeys.load(folder)
    assert.equal(again.fingerprint, fingerprint)
    const publicKey = await openpgp.readKey({
      armoredKey: await readFile(join(folder, 'storage.pub'), 'utf8'),
    })
    assert.isFalse(publicKey.isPrivate())
  })

  test('the public half alone writes and does not read', async ({ assert, cleanup }) => {
    const { blobs, db, driver, keysDir, reopened } = await freshStorage({ cleanup })
    const folder = await temporaryFolder({ cleanup })
    await copyFile(join(keysDir, 'storage.pub'), join(folder, 'storage.pub'))
    const keys = await StorageKeys.load(folder)
    assert.isFalse(keys.canOpen)
    const writer = new Blobs({ db, driver, keys })
    const written = await writer.write(chunks(content(100)))
    await transaction(db, (trx) => writer.record(trx, written))

    await blobs.verify(written.id)
    const reader = await reopened()
    assert.lengthOf(await gather(reader.read(written.id)), 100)
    const blind = new Blobs({ db, driver, keys })
    assert.include(await failureOf(gather(blind.read(written.id))), {
      name: 'PermanentError',
      code: 'E_NO_STORAGE_KEY',
    })
  })

  test('refuses halves of two pairs, and what is no key', async ({ assert, cleanup }) => {
    const one = await temporaryFolder({ cleanup })
    const two = await temporaryFolder({ cleanup })
    await StorageKeys.load(one)
    await StorageKeys.load(two)
    await rm(join(one, 'storage.pub'))
    await copyFile(join(two, 'storage.pub'), join(one, 'storage.pub'))
    await assert.rejects(() => StorageKeys.load(one), /not the two halves/)
    await writeFile(join(two, 'storage.key'), 'nonsense')
    await assert.rejects(() => StorageKeys.load(two), /storage\.key is not an armored/)
  })

  test('refuses a recovery key that is {title}')
    .with([
      { title: 'no key', make: async () => 'nonsense' },
      {
        title: 'a private key',
        async make() {
          const pair = await openpgp.generateKey({ userIDs: { name: 'Recovery' } })
          return pair.privateKey
        },
      },
      {
        title: 'expired',
        async make() {
          const pair = await openpgp.generateKey({
            userIDs: { name: 'Recovery' },
            date: new Date('2020-01-01'),
            keyExpirationTime: 3600,
          })
          return pair.publicKey
        },
      },
    ])
    .run(async ({ assert, cleanup }, { make }) => {
      const folder = await temporaryFolder({ cleanup })
      const error = await failureOf(StorageKeys.load(folder, { recoveryPublicKey: await make() }))
      assert.include(error, { name: 'PermanentError', code: 'E_RECOVERY_KEY' })
    })

  test('refuses a database that is encrypted to another key', async ({ assert, cleanup }) => {
    const { db, keys, store } = await freshStorage({ cleanup })
    const other = await StorageKeys.load(await temporaryFolder({ cleanup }))
    await other.assertMatches(db)
    await store(content(1))
    await keys.assertMatches(db)
    const error = await failureOf(other.assertMatches(db))
    assert.include(error, { code: 'E_STORAGE_KEY_MISMATCH' })
    assert.include(error.message, keys.fingerprint)
    assert.include(error.message, other.fingerprint)
  })
})
