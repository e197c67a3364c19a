import { test } from '@japa/runner'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { vectors } from '../../unit/ledger/vectors.ts'
import { event, events, freshLedger } from './fresh_ledger.ts'

const VERIFIER = join(import.meta.dirname, '../../../resources/verify.mjs')

interface Case {
  mail: Buffer
  proof: string
  vkey: string
  checkpoint?: string
}

const vector = vectors<{ mail: string; proof: string; vkey: string }>('tlog_proof')
const good: Case = {
  mail: Buffer.from(vector.mail, 'base64'),
  proof: vector.proof,
  vkey: `${vector.vkey}\n`,
}
const { signed } = vectors<{ signed: { note: string }[] }>('signed_note')

/** Runs the verifier as somebody without Webtresor would. */
async function verify(files: Case): Promise<{ status: number | null; said: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-verifier-'))
  try {
    const args = ['mail.eml', 'mail.tlog-proof', 'ledger.vkey']
    await writeFile(join(folder, 'mail.eml'), files.mail)
    await writeFile(join(folder, 'mail.tlog-proof'), files.proof)
    await writeFile(join(folder, 'ledger.vkey'), files.vkey)
    if (files.checkpoint !== undefined) {
      await writeFile(join(folder, 'checkpoint'), files.checkpoint)
      args.push('--checkpoint', 'checkpoint')
    }
    const run = spawnSync(process.execPath, [VERIFIER, ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: {},
    })
    return { status: run.status, said: run.stdout + run.stderr }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function changed(bytes: Buffer, position: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[position]! ^= 1
  return copy
}

const replaced = (field: 'proof' | 'vkey', from: string | RegExp, to: string): Case => ({
  ...good,
  [field]: good[field].replace(from, to),
})

const refusals: { name: string; files: Case; because: RegExp }[] = [
  {
    name: 'another mail',
    files: { ...good, mail: Buffer.from('another') },
    because: /The mail is not the recorded one/,
  },
  {
    name: 'another index',
    files: replaced('proof', 'index 1', 'index 0'),
    because: /not in the signed ledger/,
  },
  {
    name: 'an index outside the tree',
    files: replaced('proof', 'index 1', 'index 3'),
    because: /does not cover/,
  },
  {
    name: 'a hash too few',
    files: replaced('proof', /\n[^\n]+\n\n/, '\n\n'),
    because: /too few hashes/,
  },
  {
    name: 'a hash too many',
    files: replaced('proof', /(\n[^\n]+)\n\n/, '$1$1\n\n'),
    because: /too many hashes/,
  },
  {
    name: 'no record',
    files: replaced('proof', /extra .*\n/, ''),
    because: /does not carry the ledger's record/,
  },
  {
    name: 'another size under the same signature',
    files: replaced('proof', '\n3\n', '\n4\n'),
    because: /The signature of the checkpoint in the proof does not hold/,
  },
  {
    name: 'lines ended otherwise',
    files: replaced('proof', /\n/g, '\r\n'),
    because: /is not a proof/,
  },
  {
    name: 'another key',
    files: {
      ...good,
      vkey: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n',
    },
    because: /is not signed by PeterNeumann/,
  },
  {
    name: 'a checkpoint of another size',
    files: { ...good, checkpoint: signed[2]!.note },
    because: /covers 2 records, the proof's checkpoint 3/,
  },
  {
    name: 'a checkpoint with a bad signature',
    files: { ...good, checkpoint: signed[2]!.note.replace('\n2\n', '\n3\n') },
    because: /The signature of checkpoint does not hold/,
  },
]

test.group('Stand-alone verifier', () => {
  test('accepts the vector', async ({ assert }) => {
    const plain = await verify(good)
    assert.equal(plain.status, 0, plain.said)
    assert.match(plain.said, /^It holds: .*firm\.example\/ledger[^]*message 1[^]*entry +1 of 3/)
    const { status } = await verify({ ...good, checkpoint: signed[3]!.note })
    assert.equal(status, 0)
  })

  for (const { name, files, because } of refusals) {
    test(`refuses ${name}`, async ({ assert }) => {
      const { status, said } = await verify(files)
      assert.equal(status, 1, said)
      assert.match(said, /^REFUSED: [^\n]+\.\n$/)
      assert.match(said, because)
    })
  }

  for (const field of ['mail', 'proof', 'vkey'] as const) {
    test(`refuses one changed bit in the ${field}`, async ({ assert }) => {
      const bytes = Buffer.from(good[field])
      // Each run is a process; a prime step meets every line of the file.
      for (let position = 0; position < bytes.length; position += bytes.length > 200 ? 41 : 11) {
        const bad = changed(bytes, position)
        const files = { ...good, [field]: field === 'mail' ? bad : bad.toString() }
        const { status, said } = await verify(files)
        assert.equal(status, 1, `byte ${position}: ${said}`)
        assert.match(said, /^REFUSED: /)
      }
    })
  }

  test('says how it is called', async ({ assert }) => {
    const { status, stderr } = spawnSync(process.execPath, [VERIFIER, 'one'], { encoding: 'utf8' })
    assert.equal(status, 2)
    assert.match(stderr, /^Usage: node verify\.mjs/)
  })

  test('accepts every proof of a ledger, against one checkpoint', async ({ assert, cleanup }) => {
    const { append, ledger, close } = await freshLedger()
    cleanup(close)
    const mail = Buffer.from('Subject: x\r\n\r\n')
    const original = createHash('sha256').update(mail).digest('hex')
    await append(...events(5).map((each) => ({ ...each, original })))
    const checkpoint = await ledger.checkpoint()
    await append(event(6, { original }), event(7))

    const vkey = `${ledger.vkey}\n`
    for (const index of [0, 1, 3, 4]) {
      const proof = await ledger.prove(index, checkpoint)
      const { status, said } = await verify({ mail, proof, vkey, checkpoint })
      assert.equal(status, 0, said)
    }
    const newest = await verify({ mail, proof: await ledger.prove(5), vkey })
    assert.match(newest.said, /entry +5 of 7/)
    await assert.rejects(() => ledger.prove(5, checkpoint), 'The ledger has no entry 5 below 5')
    await assert.rejects(() => ledger.prove(7), /no entry 7/)
  })

  test('gets no proof that does not hold', async ({ assert, cleanup }) => {
    const { db, append, ledger, close } = await freshLedger()
    cleanup(close)
    await append(...events(4))
    const early = await ledger.checkpoint()
    await append(event(5))
    await db.from('ledger_head').update({ checkpoint: early.replace('\n4\n', '\n5\n') })
    await assert.rejects(() => ledger.prove(1), /signature .* does not hold/)
  })
})

test.group('Ledger consistency', () => {
  test('is proved between trees that exist', async ({ assert, cleanup }) => {
    const { append, ledger, close } = await freshLedger()
    cleanup(close)
    await append(...events(7))
    const hashes = await ledger.consistency(3, 7)
    // RFC 6962, section 2.1.3: PROOF(3, D[7]) = [c, d, g, l].
    assert.lengthOf(hashes, 4)
    assert.deepEqual(await ledger.consistency(7, 7), [])
    for (const [from, to] of [
      [0, 7],
      [5, 4],
      [3, 8],
    ] as const) {
      await assert.rejects(() => ledger.consistency(from, to), /has no trees/)
    }
  })
})
