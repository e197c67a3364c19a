import { test } from '@japa/runner'
import type { TestContext } from '@japa/runner/core'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Scanning, type ScanningOptions } from '#scanning'
import { freshStorage, content, MIB } from '../blobs/storage.ts'
import { type ClamdServer, EICAR, startClamd } from '../../servers/clamd.ts'

const TEST_FILES = '/usr/share/clamav-testfiles'

/** A ZIP archive of a.txt under a password. */
const ENCRYPTED_ZIP = Buffer.from(
  'UEsDBAoACQAAAMu5d10gMDo2EgAAAAYAAAAFABwAYS50eHRVVAkAA83IBGvNyARrdXgLAAEEAAAAAAQAAAAAlNUuW3s9fg3sVtf1' +
    '6HloZ0ZqUEsHCCAwOjYSAAAABgAAAFBLAQIeAwoACQAAAMu5d10gMDo2EgAAAAYAAAAFABgAAAAAAAEAAACkgQAAAABhLnR4dFVU' +
    'BQADzcgEa3V4CwABBAAAAAAEAAAAAFBLBQYAAAAAAQABAEsAAABhAAAAAAA=',
  'base64'
)

/** What the administrator is told. */
async function problemOf(scanning: Scanning): Promise<string> {
  const { problem } = await scanning.health()
  return problem ?? ''
}

test.group('scanning with a real clamd', (group) => {
  let clamd: ClamdServer

  group.setup(async () => {
    clamd = await startClamd({ settings: { StreamMaxLength: '8M', MaxFileSize: '4M' } })
    return () => clamd.stop()
  })

  async function open(cleanup: TestContext['cleanup'], options: Partial<ScanningOptions> = {}) {
    const storage = await freshStorage({ cleanup })
    const scanning = new Scanning({
      db: storage.db,
      blobs: storage.blobs,
      url: clamd.url,
      ...options,
    })
    return { scanning, ...storage }
  }

  test('a clean blob of several segments is clean', async ({ assert, cleanup }) => {
    const { scanning, store } = await open(cleanup)
    const { id } = await store(content(3 * MIB + 5))
    assert.deepEqual(await scanning.scan(id), { status: 'clean' })
  })

  test('nothing at all is clean', async ({ assert, cleanup }) => {
    const { scanning } = await open(cleanup)
    assert.deepEqual(await scanning.scanStream(Readable.from([])), { status: 'clean' })
  })

  test('EICAR is infected, by TCP and by socket, whatever the chunks', async ({
    assert,
    cleanup,
  }) => {
    const { scanning, store, db, blobs } = await open(cleanup)
    const bySocket = new Scanning({ db, blobs, url: `unix:${clamd.socket}` })
    const { id } = await store([EICAR])
    const bytes = [...EICAR].map((byte) => Buffer.from([byte]))
    for (const verdict of [
      await scanning.scan(id),
      await bySocket.scan(id),
      await scanning.scanStream(Readable.from(bytes)),
    ]) {
      assert.match(JSON.stringify(verdict), /"infected","signature":"Eicar-Test-Signature/)
    }
  })

  test('every file of clamav-testfiles is found', async ({ assert, cleanup }) => {
    const { scanning } = await open(cleanup)
    const names = await readdir(TEST_FILES)
    const missed: string[] = []
    for (const name of names) {
      const bytes = await readFile(join(TEST_FILES, name))
      const { status } = await scanning.scanStream(Readable.from([bytes]))
      if (status !== 'infected') missed.push(`${name}: ${status}`)
    }
    assert.isAbove(names.length, 40)
    assert.deepEqual(missed, [])
  })

  test('longer than StreamMaxLength is unchecked, however far beyond', async ({
    assert,
    cleanup,
  }) => {
    const { scanning, store } = await open(cleanup)
    for (const size of [8 * MIB + 1, 9 * MIB, 40 * MIB]) {
      const { id } = await store(content(size))
      assert.deepEqual(
        await scanning.scan(id),
        { status: 'unchecked', reason: 'it is larger than the scanner takes' },
        String(size)
      )
    }
  })

  test('larger than clamd looks into, and encrypted, are unchecked', async ({
    assert,
    cleanup,
  }) => {
    const { scanning, store } = await open(cleanup)
    const { id } = await store(content(5 * MIB))
    assert.deepEqual(await scanning.scan(id), {
      status: 'unchecked',
      reason: 'it is larger or nested deeper than the scanner looks',
    })
    assert.deepEqual(await scanning.scanStream(Readable.from([ENCRYPTED_ZIP])), {
      status: 'unchecked',
      reason: 'it is encrypted',
    })
  })

  test('trouble with the content is thrown, and is no verdict', async ({ assert, cleanup }) => {
    const { scanning } = await open(cleanup)
    await assert.rejects(
      () => scanning.scan('00000000-0000-4000-8000-000000000000'),
      /There is no blob/
    )
    async function* broken() {
      yield Buffer.alloc(1000)
      throw new Error('the disk is gone')
    }
    await assert.rejects(() => scanning.scanStream(Readable.from(broken())), 'the disk is gone')
  })

  test('health tells the version, and compares sizes', async ({ assert, cleanup }) => {
    const fits = await open(cleanup, { maxMessageSize: 8 * MIB })
    const health = await fits.scanning.health()
    assert.equal(health.mode, 'on')
    assert.match(health.version ?? '', /^ClamAV \d/)
    assert.isUndefined(health.problem)

    const { scanning } = await open(cleanup, { maxMessageSize: 8 * MIB + 1 })
    assert.match(await problemOf(scanning), /clamd takes less than MAX_MESSAGE_SIZE/)
  })
})
