import { test } from '@japa/runner'
import type { TestContext } from '@japa/runner/core'
import { createHash } from 'node:crypto'
import { Checking } from '#checking'
import { Scanning } from '#scanning'
import { transaction } from '#transaction'
import type { VaultFile, VaultViewer } from '#vault'
import { house } from '#tests/house'
import { type ClamdServer, EICAR, startClamd } from '../../servers/clamd.ts'

const owner: VaultViewer = { id: 1, name: 'Anna Berger', role: 'staff', mailboxes: [] }

test.group('files of vaults are looked at', (group) => {
  let clamd: ClamdServer

  group.setup(async () => {
    clamd = await startClamd({ settings: { StreamMaxLength: '2M', MaxFileSize: '2M' } })
    return () => clamd.stop()
  })

  async function open({ cleanup }: Pick<TestContext, 'cleanup'>, url: string) {
    const at = await house()
    cleanup(() => at.close())
    await at.db.table('users').insert({
      ...{ id: 1, email: 'a.berger@firm.example', full_name: owner.name, password: 'x' },
      ...{ role: 'staff', registered_at: 0 },
    })
    const rung: { blob: string; delay?: number }[] = []
    const checkingAt = (clamdUrl: string) =>
      new Checking({
        ...at,
        now: () => at.clock.now,
        scanning: new Scanning({ ...at, url: clamdUrl, patience: { connect: 300 } }),
        doorbell: {
          ring: async (_, blob, options) => void rung.push({ blob, ...options }),
        },
      })
    const access = await at.vaults.create(owner, { name: 'Mandant Meyer' })

    /** A file as it lies there after an upload: its digests are not known. */
    async function file(name: string, bytes: Buffer): Promise<VaultFile> {
      const planned = await at.blobs.growing.plan(bytes.length)
      await transaction(at.db, (trx) => at.blobs.growing.begin(trx, planned))
      const [first, second] = [bytes.subarray(0, 9), bytes.subarray(9)]
      for (const piece of [first, second]) await at.blobs.growing.append(planned.id, pieces(piece))
      const grown = await at.blobs.growing.finish(planned.id)
      const put = await transaction(at.db, async (trx) => {
        await at.blobs.record(trx, grown)
        const facts = { name, type: 'application/pdf', blob: grown.id, size: bytes.length }
        return at.vaults.put(trx, access, null, facts, { conflict: 'keep' })
      })
      return put!.entry
    }
    const now = async (one: VaultFile) => (await at.vaults.entry(access, one.id)) as VaultFile
    return { at, access, file, now, rung, checking: checkingAt(url), checkingAt }
  }

  test('clean, infected, too large: verdict and digests from one reading', async ({
    assert,
    ...context
  }) => {
    const { at, file, now, checking } = await open(context as TestContext, clamd.url)
    const contents = {
      clean: Buffer.from('%PDF-1.7 Kassenbuch'),
      infected: EICAR,
      unchecked: Buffer.alloc(5_000_000, 'groß'),
    }
    for (const [verdict, bytes] of Object.entries(contents)) {
      const one = await file(`${verdict}.pdf`, bytes)
      assert.include(one, { verdict: 'pending', sha256: null, downloadable: false })
      await checking.check(one.blob)
      const judged = await now(one)
      assert.equal(judged.verdict, verdict)
      assert.equal(judged.sha256, createHash('sha256').update(bytes).digest('hex'))
      assert.equal((await at.blobs.stat(one.blob)).sha256, judged.sha256)
      assert.equal(judged.downloadable, verdict === 'clean')
    }
    const told = await at.db.from('activities').select('what').whereLike('what', 'scanned%')
    assert.sameMembers(
      told.map(({ what }) => what),
      ['scanned_infected', 'scanned_unchecked']
    )
    assert.isNotNull(await at.db.from('outbox').first())
    assert.isNull(await at.db.from('checks').first())
    await at.ledger.verify()
  })

  test('a scanner that is down: files wait, say so, and are looked at later', async ({
    assert,
    ...context
  }) => {
    const { at, file, now, rung, checking, checkingAt } = await open(
      context as TestContext,
      clamd.url
    )
    const one = await file('a.pdf', Buffer.from('a'))
    await checking.check(one.blob)
    assert.equal((await now(one)).verdict, 'clean')
    // It was seen once, so it is missed.
    const other = await file('b.pdf', Buffer.from('b'))
    const gone = checkingAt('tcp://127.0.0.1:1')
    await gone.check(other.blob)
    assert.include(await now(other), { verdict: 'pending', verdictDetail: 'scanner_down' })
    assert.deepEqual(rung, [{ blob: other.blob, delay: 15_000 }])
    // Before its time nobody asks, and the sweep does not ring.
    await checking.check(other.blob)
    assert.equal((await now(other)).verdict, 'pending')
    assert.deepEqual(await at.vaults.verdicts.unjudged(10), [])
    at.clock.now = new Date(at.clock.now.getTime() + 16_000)
    assert.deepEqual(await at.vaults.verdicts.unjudged(10), [other.blob])
    await checking.check(other.blob)
    assert.equal((await now(other)).verdict, 'clean')
  })

  test('a worker that died in the midst of it: the next one waits for its lease, then looks', async ({
    assert,
    ...context
  }) => {
    const { at, file, now, checking } = await open(context as TestContext, 'off')
    const one = await file('a.pdf', Buffer.from('a'))
    const lease = { blob: one.blob, lease: crypto.randomUUID(), due_at: 0, attempts: 0 }
    await at.db.table('checks').insert({ ...lease, lease_until: at.clock.now.getTime() + 60_000 })
    await checking.check(one.blob)
    assert.equal((await now(one)).verdict, 'pending')
    at.clock.now = new Date(at.clock.now.getTime() + 61_000)
    await checking.check(one.blob)
    assert.include(await now(one), { verdict: 'unscanned', downloadable: true })
  })

  test('what was infected is freed by a clean scan only', async ({ assert, ...context }) => {
    const { at, access, file, now, checking, checkingAt } = await open(
      context as TestContext,
      clamd.url
    )
    const one = await file('a.pdf', Buffer.from('harmless after all'))
    await transaction(at.db, (trx) =>
      at.vaults.verdicts.judge(trx, [one.version], 'infected', 'Old.Signature')
    )
    const again = async (by: Checking) => {
      const [blob] = await at.vaults.verdicts.checkAgain(access, [one.id])
      assert.equal((await now(one)).verdict, 'pending')
      await by.check(blob!)
      return (await now(one)).verdict
    }
    const small = await startClamd({ settings: { StreamMaxLength: '1', MaxFileSize: '1' } })
    try {
      assert.equal(await again(checkingAt(small.url)), 'infected')
    } finally {
      await small.stop()
    }
    assert.equal(await again(checkingAt('off')), 'infected')
    assert.equal(await again(checking), 'clean')
    await assert.rejects(() => at.vaults.verdicts.checkAgain(access, [one.id]), /is clean/)
  })

  test('bytes that are damaged let nothing out', async ({ assert, ...context }) => {
    const { at, file, now, checking } = await open(context as TestContext, 'off')
    const one = await file('a.pdf', Buffer.from('a'))
    await at.db
      .from('blob_keys')
      .where('blob', one.blob)
      .update({ wrapped: 'ab'.repeat(40) })
    await assert.rejects(() => checking.check(one.blob), /tampered/)
    assert.include(await now(one), { verdict: 'pending', verdictDetail: 'damaged' })
    assert.deepEqual(await at.vaults.verdicts.unjudged(10), [])
  })
})

async function* pieces(...all: Buffer[]) {
  yield* all
}
