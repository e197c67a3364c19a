import { test } from '@japa/runner'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IntegrityError } from '#errors'
import { LedgerSigner } from '#ledger'
import { formatCheckpoint, parseCheckpoint } from '../../../app/ledger/checkpoint.ts'
import { formatSkey } from '../../../app/ledger/signer.ts'
import { formatVkey, openNote, parseVkey } from '../../../app/ledger/signed_note.ts'
import { vectors } from './vectors.ts'

const vector = vectors<{
  seed: string
  name: string
  skey: string
  vkey: string
  signed: { size: number; root: string; note: string }[]
  accepted: { vkey: string; note: string; text: string }[]
  refused: { note: string }[]
  refusedKeys: { vkey: string }[]
  refusedCheckpoints: { text: string }[]
}>('signed_note')

test.group('Signed note', () => {
  test('opens with the key that signed it', ({ assert }) => {
    for (const { vkey, note, text } of vector.accepted) {
      const key = parseVkey(vkey)
      assert.equal(openNote(note, key), text)
      assert.equal(formatVkey(key), vkey)
    }
  })

  test('is refused when anything is wrong with it', ({ assert }) => {
    const key = parseVkey(vector.vkey)
    for (const { note } of vector.refused) {
      assert.throws(() => openNote(note, key), /Signed by|signature of|Not a signed note/)
    }
  })

  test('is refused after any one changed character', ({ assert }) => {
    const key = parseVkey(vector.vkey)
    const { note } = vector.signed[3]!
    for (let position = 0; position < note.length; position++) {
      const other = note[position] === 'A' ? 'B' : 'A'
      const changed = note.slice(0, position) + other + note.slice(position + 1)
      assert.throws(() => openNote(changed, key), IntegrityError)
    }
  })

  test('has no use for a damaged key', ({ assert }) => {
    for (const { vkey } of vector.refusedKeys) {
      assert.throws(() => parseVkey(vkey), 'Not the public key of a ledger')
    }
  })
})

test.group('Checkpoint', () => {
  test('is signed as in the vectors', ({ assert }) => {
    const signer = LedgerSigner.fromSkey(vector.skey)
    assert.equal(signer.vkey, vector.vkey)
    assert.equal(formatSkey(vector.name, Buffer.from(vector.seed, 'hex')), vector.skey)
    for (const { size, root, note } of vector.signed) {
      const hash = Buffer.from(root, 'base64')
      assert.equal(signer.sign(size, hash), note)
      assert.deepEqual(signer.open(note), { origin: vector.name, size, root: hash })
    }
  })

  test('is refused when it is malformed', ({ assert }) => {
    for (const { text } of vector.refusedCheckpoints) {
      assert.throws(() => parseCheckpoint(text), 'Not a checkpoint of a ledger')
    }
  })

  test('may carry extension lines', ({ assert }) => {
    const checkpoint = { origin: 'x.example', size: 7, root: Buffer.alloc(32, 1) }
    assert.deepEqual(parseCheckpoint(`${formatCheckpoint(checkpoint)}more\n`), checkpoint)
  })
})

test.group('Ledger key', (group) => {
  let folder: string
  group.each.setup(async () => {
    folder = await mkdtemp(join(tmpdir(), 'webtresor-key-'))
    return () => rm(folder, { recursive: true })
  })

  test('is made once and keeps its name', async ({ assert }) => {
    const [one, two] = await Promise.all([
      LedgerSigner.load(folder, 'one.example/ledger'),
      LedgerSigner.load(folder, 'one.example/ledger'),
    ])
    const renamed = await LedgerSigner.load(folder, 'other.example/ledger')
    assert.equal(two.vkey, one.vkey)
    assert.equal(renamed.vkey, one.vkey)
    assert.equal(await readFile(join(folder, 'ledger.vkey'), 'utf8'), `${one.vkey}\n`)
    const { mode } = await stat(join(folder, 'ledger.key'))
    assert.equal(mode & 0o777, 0o600)
  })

  test('is refused when damaged or of another pair', async ({ assert }) => {
    const path = join(folder, 'ledger.key')
    await LedgerSigner.load(folder, 'one.example/ledger')
    await writeFile(path, `${vector.skey}\n`)
    await assert.rejects(
      () => LedgerSigner.load(folder, 'one.example/ledger'),
      /ledger\.vkey is not the public key of .*ledger\.key/
    )
    await writeFile(path, vector.skey.slice(0, -1))
    await assert.rejects(() => LedgerSigner.load(folder, 'x.example'), /ledger\.key is damaged/)
  })

  test('cannot have a name that breaks its lines', async ({ assert }) => {
    for (const origin of ['', 'a b', 'a+b', 'a\nb']) {
      await assert.rejects(() => LedgerSigner.load(folder, origin), /cannot be named/)
    }
  })
})
