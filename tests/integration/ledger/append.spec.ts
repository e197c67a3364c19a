import { test } from '@japa/runner'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { transaction } from '#transaction'
import { event, events, freshLedger, problems } from './fresh_ledger.ts'

test.group('Ledger append', () => {
  test('gives indexes without gaps to transactions that run at once', async ({
    assert,
    cleanup,
  }) => {
    const { append, ledger, close } = await freshLedger()
    cleanup(close)
    const sizes = [1, 3, 2, 50, 1, 1, 7, 12, 1, 4, 1, 1, 260, 2, 5]
    const given = await Promise.all(sizes.map((size) => append(...events(size))))

    const indexes = given.flat().map(({ index }) => index)
    const total = sizes.reduce((sum, size) => sum + size)
    assert.sameMembers(
      indexes,
      Array.from({ length: total }, (_, index) => index)
    )
    assert.deepEqual(await ledger.verify(), { size: total, erased: 0, problems: [] })
  })

  test('takes the indexes of a transaction that fails back', async ({ assert, cleanup }) => {
    const { db, append, ledger, close } = await freshLedger()
    cleanup(close)
    await append(event(1))
    const before = await ledger.checkpoint()
    await assert.rejects(
      () =>
        transaction(db, async (trx) => {
          await ledger.append(trx, events(5))
          throw new Error('the caller fails')
        }),
      'the caller fails'
    )
    assert.equal(await ledger.checkpoint(), before)
    assert.deepEqual(await append(event(2)), [{ index: 1 }])
    assert.deepEqual(await problems(ledger), [])
  })

  test('appends twice in one transaction', async ({ assert, cleanup }) => {
    const { db, ledger, close } = await freshLedger()
    cleanup(close)
    const given = await transaction(db, async (trx) => [
      ...(await ledger.append(trx, events(2))),
      ...(await ledger.append(trx, [])),
      ...(await ledger.append(trx, events(3))),
    ])
    assert.deepEqual(
      given.map(({ index }) => index),
      [0, 1, 2, 3, 4]
    )
    assert.deepEqual(await problems(ledger), [])
  })

  test('goes on after a restart, over the borders of pages', async ({ assert, cleanup }) => {
    const { db, append, reopen, close } = await freshLedger()
    cleanup(close)
    await append(...events(1023))
    const restarted = await reopen()
    for (const count of [1, 1, 1024]) {
      await transaction(db, (trx) => restarted.append(trx, events(count)))
      assert.deepEqual(await problems(restarted), [])
    }
    const nodes: { level: number; index: number }[] = await db.from('ledger_nodes')
    assert.equal(nodes.length, 2049 + 1024 + 512 + 256 + 128 + 64 + 32 + 16 + 8 + 4 + 2 + 1)
  })

  test('keeps what it was told, detail apart', async ({ assert, cleanup }) => {
    const { db, append, ledger, close } = await freshLedger({
      now: () => new Date(1_790_000_000_123),
    })
    cleanup(close)
    const at = new Date('2026-11-02T08:15:30.250Z')
    await append(
      event(7, { at, detail: { to: ['Ä@x.example'], size: 5, b: null } }),
      event(8, { type: 'read', original: null }),
      event(7, { type: 'delivered' })
    )
    const [first, second] = await ledger.entries({ limit: 10 })
    const detail = { to: ['Ä@x.example'], size: 5, b: null }
    const original = event(7).original
    assert.deepEqual(first, { index: 0, type: 'accepted', number: 7, at, original, detail })
    assert.deepEqual(second!.at, new Date(1_790_000_000_123))

    const found = async (query: Parameters<typeof ledger.entries>[0]) => {
      const entries = await ledger.entries(query)
      return entries.map(({ index }) => index)
    }
    assert.deepEqual(await found({ number: 7, limit: 10 }), [0, 2])
    assert.deepEqual(await found({ type: 'read', limit: 10 }), [1])
    assert.deepEqual(await found({ after: 0, limit: 1 }), [1])

    await db.from('details').where('entry', 0).delete()
    const [erased] = await ledger.entries({ limit: 1 })
    assert.isNull(erased!.detail)
    assert.deepEqual(await ledger.verify(), { size: 3, erased: 1, problems: [] })
    const leaves: { leaf: string }[] = await db.from('ledger_entries').select('leaf')
    assert.notInclude(leaves.map(({ leaf }) => leaf).join(), 'x.example')
  })
})

test.group('Ledger checkpoints', () => {
  test('are published after the commit, the first of each hour for good', async ({
    assert,
    cleanup,
  }) => {
    let now = new Date('2026-11-02T08:59:00Z')
    const { append, ledger, checkpoints, close } = await freshLedger({ now: () => now })
    cleanup(close)
    await append(event(1))
    const first = await ledger.checkpoint()
    await append(event(2))
    now = new Date('2026-11-02T09:00:00Z')
    await append(event(3))
    const third = await ledger.checkpoint()

    const published = (name: string) => readFile(join(checkpoints, name), 'utf8')
    assert.sameMembers(await readdir(checkpoints), ['2026-11-02T08', '2026-11-02T09', 'latest'])
    assert.equal(await published('2026-11-02T08'), first)
    assert.equal(await published('2026-11-02T09'), third)
    assert.equal(await published('latest'), third)
  })

  test('that cannot be published fail no commit, and are made up for', async ({
    assert,
    cleanup,
  }) => {
    const { append, ledger, checkpoints, errors, close } = await freshLedger()
    cleanup(close)
    await writeFile(checkpoints, 'a file where the folder should be')
    assert.deepEqual(await append(event(1)), [{ index: 0 }])
    assert.isAbove(errors.length, 0)
    await rm(checkpoints)
    await append(event(2))
    assert.equal(await readFile(join(checkpoints, 'latest'), 'utf8'), await ledger.checkpoint())
    assert.deepEqual(await problems(ledger), [])
  })

  test('that a process was killed before it published are published by the next', async ({
    assert,
    cleanup,
  }) => {
    const { append, ledger, reopen, checkpoints, errors, close } = await freshLedger()
    cleanup(close)
    const latest = join(checkpoints, 'latest')
    const empty = await reopen()
    await empty.catchUp()
    assert.isFalse(existsSync(checkpoints))

    await append(...events(3))
    const older = await readFile(latest, 'utf8')
    await append(event(4))
    for (const left of [undefined, older]) {
      if (left) await writeFile(latest, left)
      else await rm(latest)
      const restarted = await reopen()
      await restarted.catchUp()
      assert.equal(await readFile(latest, 'utf8'), await ledger.checkpoint())
      assert.deepEqual(await problems(restarted), [])
    }
    const { ino } = await stat(latest)
    const restarted = await reopen()
    await restarted.catchUp()
    assert.equal((await stat(latest)).ino, ino, 'what is published is not written again')
    assert.isEmpty(errors)
  })

  test('are not published from a database that was set back, changed, or begun with another key', async ({
    assert,
    cleanup,
  }) => {
    const { db, append, reopen, checkpoints, keysDir, errors, close } = await freshLedger()
    cleanup(close)
    const latest = join(checkpoints, 'latest')
    await append(event(1))
    const head = await db.from('ledger_head').first()
    await append(event(2))
    const newest = await readFile(latest, 'utf8')
    const refused = async (why: RegExp) => {
      const restarted = await reopen()
      await restarted.catchUp()
      assert.match(String(errors.pop()), why)
      assert.equal(await readFile(latest, 'utf8'), newest)
    }
    await db.from('ledger_head').update(head)
    await refused(/set back or replaced/)
    await db.from('ledger_head').update({ size: 2 })
    await refused(/not the one that was signed/)
    await rm(keysDir, { recursive: true })
    await refused(/begun with another key/)
  })

  test('of an empty ledger are signed too', async ({ assert, cleanup }) => {
    const { ledger, close } = await freshLedger()
    cleanup(close)
    assert.match(
      await ledger.checkpoint(),
      /^firm\.example\/ledger\n0\n47DEQpj8HBSa\+\/TImW\+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— /
    )
    assert.deepEqual(await ledger.verify(), { size: 0, erased: 0, problems: [] })
  })
})

test.group('Ledger refuses to sign', () => {
  test('on a head that another key signed', async ({ assert, cleanup }) => {
    const { db, append, reopen, keysDir, close } = await freshLedger()
    cleanup(close)
    await append(event(1))
    await rm(keysDir, { recursive: true })
    const stranger = await reopen()
    await assert.rejects(
      () => transaction(db, (trx) => stranger.append(trx, [event(2)])),
      /begun with another key; put its ledger\.key back/
    )
  })

  test('on a head that was changed', async ({ assert, cleanup }) => {
    const { db, append, close } = await freshLedger()
    cleanup(close)
    await append(...events(3))
    await db.from('ledger_head').update({ size: 2 })
    await assert.rejects(() => append(event(4)), /not the one that was signed/)
  })

  test('a second history after the database was set back', async ({ assert, cleanup }) => {
    const installation = await freshLedger()
    cleanup(installation.close)
    await installation.append(...events(3))

    const olderDatabase = await freshLedger({ beside: installation })
    cleanup(olderDatabase.close)
    await assert.rejects(
      () => olderDatabase.append(event(1)),
      /\(0 ledger entries\) does not extend the checkpoint of 3 entries .* was set back or replaced/
    )
  })

  test('a second history after the database was set back under a running server', async ({
    assert,
    cleanup,
  }) => {
    const { db, ledger, append, close } = await freshLedger()
    cleanup(close)
    await append(event(1))
    const head = await db.from('ledger_head').first()
    await append(event(2))
    await db.from('ledger_head').update(head)
    await assert.rejects(
      () => transaction(db, (trx) => ledger.append(trx, [event(3)])),
      /\(1 ledger entries\) does not extend the checkpoint of 2/
    )
  })

  test('goes on when the published checkpoint is merely behind', async ({ assert, cleanup }) => {
    const { db, append, reopen, checkpoints, close } = await freshLedger()
    cleanup(close)
    await append(...events(3))
    const older = await readFile(join(checkpoints, 'latest'), 'utf8')
    await append(...events(2))
    await writeFile(join(checkpoints, 'latest'), older)

    const restarted = await reopen()
    const given = await transaction(db, (trx) => restarted.append(trx, [event(9)]))
    assert.deepEqual(given, [{ index: 5 }])
    assert.deepEqual(await problems(restarted), [])
  })
})
