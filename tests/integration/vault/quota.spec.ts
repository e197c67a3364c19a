import { test } from '@japa/runner'
import { transaction } from '#transaction'
import { Vaults } from '#vault'
import type { House } from '#tests/house'
import { codeOf, fileIn, freshVault, house, person, putFile, refusalOf } from './fresh_vault.ts'
import { treeProblems } from './tree_problems.ts'

test.group('Under concurrency', (group) => {
  let at: House
  group.setup(async () => {
    at = await house()
    return () => at.close()
  })

  test('50 reservations against a quota for 10 give 10', async ({ assert }) => {
    const { owner } = await freshVault(at, { quota: 1000 })
    const tries = Array.from({ length: 50 }, () =>
      refusalOf(transaction(at.db, (trx) => at.vaults.reserve(trx, owner, 100)))
    )
    const refused = (await Promise.all(tries)).filter((error) => error !== undefined)
    assert.lengthOf(refused, 40)
    for (const error of refused) {
      assert.deepInclude(error, { code: 'E_QUOTA' })
      assert.deepInclude(error!.facts, { missing: 100, quota: 1000 })
    }
    const { vault } = await at.vaults.open(owner.vault.number, owner.viewer)
    assert.equal(vault.reserved, 1000)
    assert.equal(await codeOf(putFile(at, owner, null, 'zu viel.pdf')), 'E_QUOTA')
    await putFile(at, owner, null, 'erwartet.pdf', { content: 'x'.repeat(100), reserved: 100 })
    await transaction(at.db, (trx) => at.vaults.release(trx, owner.vault.id, 900))
    const after = (await at.vaults.open(owner.vault.number, owner.viewer)).vault
    assert.deepInclude(after, { used: 100, reserved: 0 })
  }).timeout(30_000)

  test('20 files against a limit of 5 entries give 5; what is in the trash counts, what is destroyed does not', async ({
    assert,
  }) => {
    const { db, blobs, ledger } = at
    const few = { ...at, vaults: new Vaults({ db, blobs, ledger, maxEntries: 5 }) }
    const { owner } = await freshVault(few)
    const codes = await Promise.all(
      Array.from({ length: 20 }, (_, nth) => codeOf(putFile(few, owner, null, `${nth}.pdf`)))
    )
    assert.lengthOf(
      codes.filter((code) => code === 'nothing'),
      5
    )
    assert.lengthOf(
      codes.filter((code) => code === 'E_ENTRIES'),
      15
    )
    const { entries } = await few.vaults.list(owner, null, { limit: 9 })
    const [one] = entries
    await putFile(few, owner, null, one!.name, { conflict: 'replace' })
    const other = await few.vaults.create(owner.viewer, { name: 'Zweiter' })
    const folder = await fileIn(few, other, await few.vaults.makeFolder(other, null, 'A'), 'x.pdf')
    const { parent } = await few.vaults.entry(other, folder)
    const into = { access: owner, folder: null }
    const destination = { name: 'neu.pdf', path: [] }
    const refused: (() => Promise<unknown>)[] = [
      () => few.vaults.makeFolder(owner, null, 'Neu'),
      () => few.vaults.copy(owner, [one!.id], into, 'keep'),
      () => few.vaults.copy(other, [parent!], into, 'keep'),
      () => few.vaults.move(other, [parent!], into, 'keep'),
      () => few.vaults.assertFits(owner, null, destination, 'ask'),
    ]
    for (const [nth, work] of refused.entries()) {
      assert.deepInclude(await refusalOf(work), { code: 'E_ENTRIES' }, String(nth))
    }
    const removed = [entries[1]!.id, entries[2]!.id]
    await few.vaults.remove(owner, removed)
    assert.equal(await codeOf(refused[0]!), 'E_ENTRIES')
    await few.vaults.emptyTrash(owner)
    await few.vaults.move(other, [parent!], into, 'keep')
    assert.equal(await codeOf(refused[0]!), 'E_ENTRIES')
  }).timeout(30_000)

  test('20 uploads of one name make one file, or 20 that differ', async ({ assert }) => {
    const { owner } = await freshVault(at)
    const twenty = (conflict: 'keep' | 'replace', name: string) =>
      Promise.all(Array.from({ length: 20 }, () => putFile(at, owner, null, name, { conflict })))
    await twenty('replace', 'Eine.pdf')
    await twenty('keep', 'Viele.pdf')
    const { entries } = await at.vaults.list(owner, null, { limit: 100 })
    assert.lengthOf(entries, 21)
    assert.lengthOf(await at.vaults.versions.list(owner, entries[0]!.id), 20)
    assert.deepEqual(await treeProblems(at), [])
  }).timeout(30_000)

  test('folders that go into each other: one way is refused', async ({ assert }) => {
    const { owner } = await freshVault(at)
    for (let round = 0; round < 5; round++) {
      const a = await at.vaults.makeFolder(owner, null, `A${round}`)
      const b = await at.vaults.makeFolder(owner, null, `B${round}`)
      const codes = await Promise.all([
        codeOf(at.vaults.move(owner, [a], { access: owner, folder: b }, 'ask')),
        codeOf(at.vaults.move(owner, [b], { access: owner, folder: a }, 'ask')),
      ])
      assert.sameMembers(codes, ['nothing', 'E_CYCLE'])
    }
    assert.deepEqual(await treeProblems(at), [])
  }).timeout(30_000)

  test('30 new vaults have 30 numbers, from 10001', async ({ assert }) => {
    const viewer = await person(at)
    const made = await Promise.all(
      Array.from({ length: 30 }, (_, nth) => at.vaults.create(viewer, { name: `Nr. ${nth}` }))
    )
    const numbers = new Set(made.map(({ vault }) => vault.number))
    assert.equal(numbers.size, 30)
    assert.isAtLeast(Math.min(...numbers), 10_001)
    assert.deepEqual((await at.ledger.verify()).problems, [])
  }).timeout(30_000)
})
