import { test } from '@japa/runner'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { commandLine } from '#tests/command_line'
import { content, freshStorage, MIB, temporaryFolder } from './storage.ts'

test.group('blob:cat', (group) => {
  group.tap((one) => one.skip(Boolean(process.env.TEST_DATABASE_URL), 'Same on both databases'))

  test('writes plain bytes, whole or a range, and says what is missing', async ({
    assert,
    cleanup,
  }) => {
    const { store, place, bytesDir, keysDir } = await freshStorage({ cleanup })
    const bytes = Buffer.concat([...content(MIB + 100)])
    const { id } = await store([bytes])
    const dataDir = await temporaryFolder({ cleanup })
    await symlink(bytesDir, join(dataDir, 'blobs'))
    const postgres = place.startsWith('postgres')
    if (!postgres) await symlink(place, join(dataDir, 'webtresor.sqlite3'))
    const settings = {
      DATA_DIR: dataDir,
      KEYS_DIR: keysDir,
      DATABASE_URL: postgres ? place : '',
    }
    const cat = (...args: string[]) => commandLine(['blob:cat', ...args], settings)

    const [whole, range, tail, missing, malformed] = await Promise.all([
      cat(id),
      cat(id, '--range=1048570-1048580'),
      cat(id, `--range=${MIB}-`),
      cat('00000000-0000-4000-8000-000000000000'),
      cat(id, '--range=9-3'),
    ])
    assert.isTrue(whole.out.equals(bytes), whole.err)
    assert.isTrue(range.out.equals(bytes.subarray(1048570, 1048581)))
    assert.isTrue(tail.out.equals(bytes.subarray(MIB)))
    assert.lengthOf(missing.out, 0)
    assert.match(missing.err, /There is no blob/)
    assert.lengthOf(malformed.out, 0)
    assert.match(malformed.err, /"9-3" is not a range/)
  })
})
