import { test } from '@japa/runner'
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commandLine, wordsOf } from '#tests/command_line'
import { envelope, house, once, type House } from '../../house.ts'

/** Runs `node ace archive:verify` over the house, as its administrator would. */
async function archiveVerify(at: House, ...args: string[]) {
  const { connection } = at.db.manager.get('main')!.config
  const postgres = typeof connection === 'string' ? connection : ''
  const settings = { DATA_DIR: at.folder, DATABASE_URL: postgres }
  const end = await commandLine(['archive:verify', ...args], settings)
  return { status: end.status, said: wordsOf(end) }
}

async function houseWithMails(): Promise<House> {
  const at = await house()
  const { connection } = at.db.manager.get('main')!.config
  const file = typeof connection === 'object' && 'filename' in connection ? connection.filename : ''
  if (file) await symlink(file, join(at.folder, 'webtresor.sqlite3'))
  // The first is a file, the others lie in rows.
  for (const length of [20_000, 10, 0]) {
    await at.archive.accept(once(`Subject: x\r\n\r\n${'x'.repeat(length)}\r\n`), envelope())
  }
  return at
}

/** Paths of all files below a folder. */
async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name))
}

test.group('archive:verify', () => {
  test('holds on an untouched archive, also against a checkpoint kept outside', async ({
    assert,
    cleanup,
  }) => {
    const at = await houseWithMails()
    cleanup(() => at.close())
    const kept = join(at.folder, 'kept')
    await writeFile(kept, await at.ledger.checkpoint())
    await at.archive.accept(once('Subject: four\r\n\r\n'), envelope())

    const { status, said } = await archiveVerify(at, '--since', kept)
    assert.equal(status, 0, said)
    assert.match(said, /4 ledger entries \(0 with erased detail\), 4 blobs: everything holds/)
  })

  test('names a flipped bit in a file and in a row, a changed detail and a changed checkpoint', async ({
    assert,
    cleanup,
  }) => {
    const at = await houseWithMails()
    cleanup(() => at.close())
    const [path] = await filesOf(join(at.folder, 'blobs'))
    const bytes = await readFile(path!)
    bytes[bytes.length >> 1]! ^= 1
    await writeFile(path!, bytes, { mode: 0o600 })
    const [small] = (await at.db.from('small_blobs').limit(1)) as { blob: string; bytes: Buffer }[]
    small!.bytes[small!.bytes.length >> 1]! ^= 1
    await at.db.from('small_blobs').where('blob', small!.blob).update({ bytes: small!.bytes })
    await at.db.from('details').where('entry', 1).update({ detail: '{}' })
    const since = join(at.folder, 'since')
    await writeFile(since, 'not a checkpoint')

    const { status, said } = await archiveVerify(at, '--since', since)
    assert.equal(status, 1, said)
    assert.lengthOf(said.match(/^.*blob \S+: /gm)!, 2, said)
    assert.match(said, /ledger: The detail of entry 1 was changed/)
    assert.match(said, /ledger: The checkpoint given is not a checkpoint of this ledger/)
    assert.match(said, /3 ledger entries \(0 with erased detail\), 3 blobs: 4 problems/)
  })

  test('says that it cannot read the checkpoint', async ({ assert, cleanup }) => {
    const at = await houseWithMails()
    cleanup(() => at.close())
    const { status, said } = await archiveVerify(at, '--since', '/nowhere/latest')
    assert.equal(status, 1)
    assert.match(said, /\/nowhere\/latest cannot be read/)
    assert.notMatch(said, /everything holds/)
  })
})
