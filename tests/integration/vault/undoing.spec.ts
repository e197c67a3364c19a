import { test } from '@japa/runner'
import { buffer } from 'node:stream/consumers'
import { randomUUID } from 'node:crypto'
import type { Access, VaultFile } from '#vault'
import type { House } from '#tests/house'
import {
  codeOf,
  fileIn,
  freshVault,
  house,
  join,
  namesIn,
  person,
  putFile,
  refusalOf,
} from './fresh_vault.ts'
import { treeProblems } from './tree_problems.ts'

const HOUR = 60 * 60_000

test.group('What was done is taken back', (group) => {
  let at: House
  group.setup(async () => {
    at = await house()
    return () => at.close()
  })
  group.each.teardown(async () => {
    const problems = await treeProblems(at)
    if (problems.length > 0) throw new Error(problems.join('\n'))
  })

  /** Does something, and hands out how to take it back. */
  const done = async (access: Access, work: (access: Access) => Promise<unknown>) => {
    const name = randomUUID()
    await work(at.vaults.undoing.remembering(access, name))
    return () => at.vaults.undoing.undo(access, [name])
  }
  const file = async (access: Access, id: number) =>
    (await at.vaults.entry(access, id)) as VaultFile
  const contentOf = async (access: Access, id: number) =>
    (await buffer(at.vaults.read(await file(access, id)))).toString()
  const usedBy = async ({ vault, viewer }: Access) =>
    (await at.vaults.open(vault.number, viewer)).vault.used

  test('a lock that was ended is there again, with its end and its holder', async ({ assert }) => {
    const { owner, as } = await freshVault(at)
    const editor = await as('editor')
    const id = await fileIn(at, owner, null, 'a.pdf')
    const until = new Date(at.clock.now.getTime() + 5 * HOUR)
    await at.vaults.lock(editor, [id], until)
    const { lock } = await file(owner, id)
    const own = await done(editor, (access) => at.vaults.unlock(access, [id]))
    await own()
    assert.deepEqual((await file(owner, id)).lock, lock)
    const broken = await done(owner, (access) => at.vaults.unlock(access, [id]))
    await broken()
    assert.deepEqual((await file(owner, id)).lock, lock)
    assert.equal(await codeOf(broken), 'E_UNDO_OVER')

    const late = await done(owner, (access) => at.vaults.unlock(access, [id]))
    await at.vaults.lock(owner, [id])
    assert.equal(await codeOf(late), 'E_UNDO_LATE')
    const second = await done(owner, (access) => at.vaults.unlock(access, [id]))
    await at.vaults.lock(editor, [id])
    assert.equal(await codeOf(second), 'E_LOCKED')
  })

  test('the file that was replaced comes back, and so does the folder that was merged', async ({
    assert,
  }) => {
    const { owner } = await freshVault(at)
    const mine = await at.vaults.create(owner.viewer, { name: 'Zweiter' })
    const from = await at.vaults.makeFolder(owner, null, 'Belege')
    const deep = await at.vaults.makeFolder(owner, from, 'Mai')
    const fresh = await fileIn(at, owner, deep, 'a.pdf', 'neu')
    const twin = await at.vaults.makeFolder(mine, null, 'Belege')
    const there = await at.vaults.makeFolder(mine, twin, 'Mai')
    const old = await fileIn(at, mine, there, 'a.pdf', 'alt')
    const back = await done(owner, (access) =>
      at.vaults.move(access, [from], { access: mine, folder: null }, 'replace')
    )
    assert.deepEqual(await namesIn(at, owner), [])
    assert.equal(await contentOf(mine, fresh), 'neu')
    assert.deepEqual([await usedBy(owner), await usedBy(mine)], [0, 6])
    await back()
    assert.deepEqual(await namesIn(at, owner, deep), ['a.pdf'])
    assert.equal((await at.vaults.entry(owner, deep)).parent, from)
    assert.equal(await contentOf(mine, old), 'alt')
    assert.deepEqual([await usedBy(owner), await usedBy(mine)], [3, 3])

    const copied = await done(owner, (access) =>
      at.vaults.copy(access, [fresh], { access: mine, folder: there }, 'replace')
    )
    assert.equal(await contentOf(mine, old), 'neu')
    await copied()
    assert.equal(await contentOf(mine, old), 'alt')
    assert.deepInclude(await file(mine, old), { versionNumber: 1, changedBy: null })
    assert.lengthOf(await at.vaults.versions.list(mine, old), 1)
    assert.equal(await usedBy(mine), 3)
  })

  test('what took more than a thousand steps is not remembered', async ({ assert }) => {
    const { owner } = await freshVault(at)
    const from = await at.vaults.makeFolder(owner, null, 'Belege')
    const names = Array.from({ length: 1000 }, (_, nth) => [`${nth}`])
    await at.vaults.makeFolders(owner, from, names)
    const room = await at.vaults.makeFolder(owner, null, 'Ablage')
    await at.vaults.makeFolder(owner, room, 'Belege')
    const remembering = at.vaults.undoing.remembering(owner, randomUUID())
    // One step for each folder that goes over, and one for the folder that they leave empty.
    await at.vaults.move(remembering, [from], { access: owner, folder: room }, 'replace')
    assert.isNull(await at.vaults.undoing.wayBack(remembering))
  })

  test('an upload goes to the trash with its folders, or gives way to the version before', async ({
    assert,
  }) => {
    const { owner, as } = await freshVault(at)
    const kept = await at.vaults.makeFolder(owner, null, 'Da')
    const names = ['eins', 'zwei']
    for (const name of names) {
      const access = at.vaults.undoing.remembering(owner, `${name} ${owner.vault.id}`)
      await putFile(at, access, kept, `${name}.pdf`, { path: ['Neu', name] })
    }
    await at.vaults.undoing.undo(
      owner,
      names.map((name) => `${name} ${owner.vault.id}`)
    )
    assert.deepEqual(await namesIn(at, owner, kept), [])

    const id = await fileIn(at, owner, null, 'a.pdf', 'eins')
    const back = await done(owner, (access) =>
      putFile(at, access, null, 'a.pdf', { conflict: 'replace', content: 'zweite' })
    )
    assert.equal(await contentOf(owner, id), 'zweite')
    await back()
    assert.equal(await contentOf(owner, id), 'eins')
    const again = await done(owner, (access) => at.vaults.versions.restore(access, id, 1))
    await putFile(at, await as('editor'), null, 'a.pdf', { conflict: 'replace', content: 'x' })
    assert.deepInclude(await refusalOf(again), { code: 'E_UNDO_LATE', facts: { name: 'a.pdf' } })
    assert.equal(await contentOf(owner, id), 'x')
  })

  test('not once somebody else did something with it, and then nothing of it', async ({
    assert,
  }) => {
    const { owner, as } = await freshVault(at)
    const editor = await as('editor')
    const folder = await at.vaults.makeFolder(owner, null, 'Ordner')
    const one = await fileIn(at, owner, null, 'eins.pdf')
    const two = await fileIn(at, owner, null, 'zwei.pdf')
    const target = { access: owner, folder }
    const moved = await done(owner, (access) => at.vaults.move(access, [one, two], target, 'ask'))
    await at.vaults.rename(editor, one, 'anders.pdf')
    assert.deepInclude(await refusalOf(moved), {
      code: 'E_UNDO_LATE',
      facts: { name: 'anders.pdf' },
    })
    assert.deepEqual(await namesIn(at, owner, folder), ['anders.pdf', 'zwei.pdf'])

    const made = await done(owner, (access) => at.vaults.makeFolder(access, null, 'Neu'))
    const { entries } = await at.vaults.list(owner, null, { limit: 9 })
    await fileIn(at, editor, entries.find(({ name }) => name === 'Neu')!.id, 'Seine.pdf')
    assert.equal(await codeOf(made), 'E_UNDO_LATE')

    const renamed = await done(owner, (access) => at.vaults.rename(access, two, 'drei.pdf'))
    await at.vaults.lock(editor, [two])
    assert.equal(await codeOf(renamed), 'E_LOCKED')
    await at.vaults.unlock(editor, [two])
    const removed = await done(owner, (access) => at.vaults.remove(access, [two]))
    await at.vaults.emptyTrash(owner)
    assert.equal(await codeOf(removed), 'E_UNDO_OVER')
  })

  test('by nobody else, not after an hour, and not by who may change nothing', async ({
    assert,
  }) => {
    const { owner, as } = await freshVault(at)
    const other = await person(at)
    await join(at, owner, other, 'editor')
    const editor = await at.vaults.open(owner.vault.number, other)
    const remembering = at.vaults.undoing.remembering(owner, `mine ${owner.vault.id}`)
    await at.vaults.makeFolder(remembering, null, 'Ordner')
    const name = (await at.vaults.undoing.wayBack(remembering))!
    assert.equal(await codeOf(at.vaults.undoing.undo(editor, [name])), 'E_UNDO_OVER')
    const contributor = at.vaults.undoing.remembering(await as('contributor'), randomUUID())
    await at.vaults.makeFolder(contributor, null, 'Seiner')
    assert.isNull(await at.vaults.undoing.wayBack(contributor))
    at.clock.now = new Date(at.clock.now.getTime() + HOUR)
    assert.equal(await codeOf(at.vaults.undoing.undo(owner, [name])), 'E_UNDO_OVER')
    await at.vaults.sweep()
    assert.lengthOf(await at.db.from('undos').where('user_id', owner.viewer.id), 0)
    assert.include(await namesIn(at, owner), 'Ordner')
  })
})

test.group('An older version', () => {
  test('is destroyed alone: its room is free, its bytes go, the others stay', async ({
    assert,
    cleanup,
  }) => {
    const at = await house()
    cleanup(() => at.close())
    const { owner, as } = await freshVault(at)
    const id = await fileIn(at, owner, null, 'a.pdf', 'eins')
    const first = await at.vaults.versions.one(owner, id, 1)
    const replace = (access: Access, content: string) =>
      putFile(at, access, null, 'a.pdf', { conflict: 'replace', content })
    await replace(owner, 'zweite')
    await replace(owner, 'dritte!')
    const { versions } = at.vaults
    assert.equal(await codeOf(versions.remove(owner, id, 3)), 'E_CURRENT_VERSION')
    assert.equal(await codeOf(versions.remove(owner, id, 4)), 'E_NO_VERSION')
    const editor = await as('editor')
    await at.vaults.lock(editor, [id])
    assert.equal(await codeOf(versions.remove(owner, id, 1)), 'E_LOCKED')
    await versions.remove(editor, id, 1)
    assert.equal(await codeOf(versions.remove(editor, id, 1)), 'E_NO_VERSION')
    assert.equal((await as('owner')).vault.used, 13)
    const [noted] = (await at.vaults.activity.list(owner, {}, { limit: 1 })).activities
    assert.deepInclude(noted, {
      what: 'version_removed',
      names: ['a.pdf'],
      details: { version: 1 },
    })
    const numbers = async () => (await versions.list(owner, id)).map(({ number }) => number)
    assert.deepEqual(await numbers(), [3, 2])
    await at.vaults.sweep()
    assert.deepEqual(await numbers(), [3, 2])
    await assert.rejects(() => buffer(at.blobs.read(first.blob)), /shredded/)
    assert.lengthOf(await at.db.from('versions').where('entry_id', id), 2)
    assert.deepEqual(await treeProblems(at), [])
    assert.deepEqual((await at.ledger.verify()).problems, [])
  })
})
