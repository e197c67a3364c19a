import { test } from '@japa/runner'
import { buffer } from 'node:stream/consumers'
import { transaction } from '#transaction'
import type { VaultFile } from '#vault'
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

test.group('In a vault', (group) => {
  let at: House
  group.setup(async () => {
    at = await house()
    return () => at.close()
  })
  group.each.teardown(async () => {
    const problems = await treeProblems(at)
    if (problems.length > 0) throw new Error(problems.join('\n'))
  })

  const lines = async (access: Parameters<House['vaults']['activity']['list']>[0]) =>
    (await at.vaults.activity.list(access, {}, { limit: 50 })).activities.map(({ what }) => what)

  test('a lock keeps others from changing a file, until it ends or is broken', async ({
    assert,
  }) => {
    const { owner, as } = await freshVault(at)
    const editor = await as('editor')
    const folder = await at.vaults.makeFolder(owner, null, 'Ordner')
    const file = await fileIn(at, owner, folder, 'Bericht.pdf')
    await at.vaults.lock(editor, [file])
    const second = await person(at)
    await join(at, owner, second, 'editor')
    const other = await at.vaults.open(owner.vault.number, second)
    const refused: [string, () => Promise<unknown>][] = [
      ['replace', () => putFile(at, other, folder, 'Bericht.pdf', { conflict: 'replace' })],
      ['rename', () => at.vaults.rename(other, file, 'x.pdf')],
      ['move', () => at.vaults.move(other, [file], { access: other, folder: null }, 'ask')],
      [
        'move its folder',
        () => at.vaults.move(owner, [folder], { access: owner, folder: null }, 'ask'),
      ],
      ['rename its folder', () => at.vaults.rename(owner, folder, 'Anders')],
      ['remove', () => at.vaults.remove(other, [file])],
      ['remove its folder', () => at.vaults.remove(owner, [folder])],
      ['go back', () => at.vaults.versions.restore(other, file, 1)],
      ['lock', () => at.vaults.lock(other, [file])],
      ['break', () => at.vaults.unlock(other, [file])],
    ]
    const top = await at.vaults.makeFolder(owner, null, 'Ziel')
    refused[3]![1] = () => at.vaults.move(owner, [folder], { access: owner, folder: top }, 'ask')
    for (const [verb, run] of refused) {
      const error = await refusalOf(run)
      assert.equal(error?.code, 'E_LOCKED', verb)
      assert.deepInclude(error!.facts, { name: 'Bericht.pdf', by: editor.viewer.name, until: null })
    }
    // The holder may, and others may read and copy; a folder that holds nothing of others may go.
    await at.vaults.rename(editor, folder, 'Umbenannt')
    await at.vaults.rename(editor, file, 'Bericht 2.pdf')
    await at.vaults.copy(other, [file], { access: other, folder: null }, 'ask')
    await at.vaults.unlock(owner, [file])
    const [broken] = (await at.vaults.activity.list(owner, {}, { limit: 1 })).activities
    assert.deepInclude(broken, { what: 'lock_broken', names: ['Bericht 2.pdf'] })
    assert.deepInclude(broken!.details, { holder: editor.viewer.id })

    await at.vaults.lock(editor, [file], new Date(at.clock.now.getTime() + HOUR))
    assert.equal(await codeOf(at.vaults.remove(other, [file])), 'E_LOCKED')
    at.clock.now = new Date(at.clock.now.getTime() + HOUR)
    await at.vaults.remove(other, [file])
    assert.equal(await codeOf(at.vaults.lock(owner, [folder])), 'E_NOT_A_FILE')
    assert.equal(await codeOf(() => at.vaults.lock(owner, [folder], at.clock.now)), 'E_UNTIL')
  })

  test('locks that are over do not hide the one that holds', async ({ assert }) => {
    const { owner, as } = await freshVault(at)
    const editor = await as('editor')
    const folder = await at.vaults.makeFolder(owner, null, 'Ordner')
    const ids: number[] = []
    for (let nth = 0; nth <= 100; nth++) {
      const made = await putFile(at, owner, folder, `${nth}.pdf`, { scanned: false })
      ids.push(made!.entry.id)
    }
    await at.vaults.lock(editor, ids, new Date(at.clock.now.getTime() + HOUR))
    at.clock.now = new Date(at.clock.now.getTime() + HOUR)
    await at.vaults.lock(editor, [ids.at(-1)!])
    assert.equal(await codeOf(at.vaults.remove(owner, [folder])), 'E_LOCKED')
    await at.vaults.unlock(editor, [ids.at(-1)!])
    await at.vaults.remove(owner, [folder])
  })

  test('what was found infected is freed by a clean scan only, and so is what was made of it', async ({
    assert,
  }) => {
    const { owner } = await freshVault(at)
    const folder = await at.vaults.makeFolder(owner, null, 'Ordner')
    const made = await putFile(at, owner, folder, 'Rechnung.exe', { scanned: false })
    const { id, version, blob } = made!.entry
    await transaction(at.db, (trx) => at.vaults.verdicts.judge(trx, [version], 'infected', 'Eicar'))
    await at.vaults.verdicts.checkAgain(owner, [id])
    await at.vaults.copy(owner, [id, folder], { access: owner, folder: null }, 'keep')
    await at.vaults.copy(owner, [id], { access: owner, folder: null }, 'keep')
    await at.vaults.versions.restore(owner, id, 1)
    const waiting = await at.vaults.verdicts.unjudgedOf(blob)
    assert.lengthOf(waiting, 4)
    assert.isTrue(waiting.every(({ wasInfected }) => wasInfected))
  })

  test('what was removed comes back where it lay, with a number where its name is taken', async ({
    assert,
  }) => {
    const { owner } = await freshVault(at)
    const folder = await at.vaults.makeFolder(owner, null, 'Ordner')
    const inner = await fileIn(at, owner, folder, 'Innen.pdf')
    await at.vaults.remove(owner, [inner])
    at.clock.now = new Date(at.clock.now.getTime() + HOUR)
    const newer = await fileIn(at, owner, folder, 'Innen.pdf')
    const batch = await at.vaults.remove(owner, [folder, newer])
    assert.deepEqual(await namesIn(at, owner), [])
    const { entries } = await at.vaults.trash(owner, { limit: 10 })
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['Ordner', 'Innen.pdf']
    )
    await at.vaults.makeFolder(owner, null, 'Ordner')
    assert.deepEqual(await at.vaults.restore(owner, batch), [folder])
    assert.deepEqual(await namesIn(at, owner), ['Ordner', 'Ordner (2)'])
    await at.vaults.restore(owner, [inner])
    assert.deepEqual(await namesIn(at, owner, folder), ['Innen (2).pdf', 'Innen.pdf'])
    assert.equal(await codeOf(at.vaults.restore(owner, batch)), 'E_NO_ENTRY')
    // Its folder is gone for good: then to the top.
    await at.vaults.remove(owner, [inner])
    await at.vaults.remove(owner, [folder])
    await at.vaults.emptyTrash(owner, [folder])
    await at.vaults.restore(owner, [inner])
    assert.include(await namesIn(at, owner), 'Innen (2).pdf')
  })

  test('the trash keeps things for 30 days and not longer', async ({ assert }) => {
    const { owner } = await freshVault(at)
    const before = at.clock.now
    const batch = await at.vaults.remove(owner, [await fileIn(at, owner, null, 'a.pdf')])
    at.clock.now = new Date(before.getTime() + 30 * 24 * HOUR - 1)
    await at.vaults.sweep()
    await at.vaults.restore(owner, batch)
    const again = await at.vaults.remove(
      owner,
      (await at.vaults.list(owner, null, { limit: 1 })).entries.map(({ id }) => id)
    )
    at.clock.now = new Date(at.clock.now.getTime() + 30 * 24 * HOUR)
    await at.vaults.sweep()
    assert.equal(await codeOf(at.vaults.restore(owner, again)), 'E_NO_ENTRY')
    assert.equal((await at.vaults.open(owner.vault.number, owner.viewer)).vault.used, 0)
    const [last] = (await at.vaults.activity.list(owner, {}, { limit: 1 })).activities
    assert.deepInclude(last, { what: 'emptied', actorId: null, names: ['a.pdf'] })
  })

  test('names are what people write, and no paths', async ({ assert }) => {
    const { owner } = await freshVault(at)
    const bad: [string, string][] = [
      ['', 'empty'],
      ['  ', 'empty'],
      ['.', 'dots'],
      ['..', 'dots'],
      ['a/b', 'slash'],
      ['a\u0000b', 'control'],
      ['a\nb', 'control'],
      ['\ud800', 'control'],
      ['ä'.repeat(128), 'long'],
    ]
    for (const [name, why] of bad) {
      const refused = await refusalOf(() => at.vaults.makeFolder(owner, null, name))
      assert.deepInclude(refused, { code: 'E_NAME' }, JSON.stringify(name))
      assert.equal(refused!.facts.why, why)
    }
    for (const name of ['con', 'AUX.txt', 'Punkt.', 'ä'.repeat(127), '2 < 3', '文書 📁', 'C:\\x']) {
      const id = await at.vaults.makeFolder(owner, null, name)
      assert.equal((await at.vaults.entry(owner, id)).name, name)
    }
    await at.vaults.makeFolder(owner, null, 'Ärger\u0301'.normalize('NFD'))
    assert.equal(await codeOf(at.vaults.makeFolder(owner, null, 'ÄRGER\u0301')), 'E_NAME_TAKEN')
    const again = await at.vaults.makeFolder(owner, null, 'klein')
    assert.equal(await at.vaults.rename(owner, again, 'KLEIN'), 'klein')
  })

  test('a path has at most 64 names', async ({ assert }) => {
    const { owner } = await freshVault(at)
    let folder: number | null = null
    const chain: number[] = []
    for (let level = 1; level <= 63; level++) {
      folder = await at.vaults.makeFolder(owner, folder, `E${level}`)
      chain.push(folder)
    }
    await fileIn(at, owner, folder, 'Tief.pdf')
    const deepest = await at.vaults.makeFolder(owner, folder, 'E64')
    assert.equal(await codeOf(at.vaults.makeFolder(owner, deepest, 'E65')), 'E_DEPTH')
    assert.equal(await codeOf(fileIn(at, owner, deepest, 'x.pdf')), 'E_DEPTH')
    const two = await at.vaults.makeFolder(owner, null, 'Zwei')
    await at.vaults.makeFolder(owner, two, 'Unten')
    const into = { access: owner, folder }
    assert.equal(await codeOf(at.vaults.move(owner, [two], into, 'ask')), 'E_DEPTH')
    assert.equal(await codeOf(at.vaults.copy(owner, [two], into, 'ask')), 'E_DEPTH')
    assert.equal(
      await codeOf(at.vaults.move(owner, [chain[0]!], { access: owner, folder }, 'ask')),
      'E_CYCLE'
    )
  }).timeout(30_000)

  test('things go to another vault with their versions, and count there', async ({ assert }) => {
    const { owner, as } = await freshVault(at)
    const mine = await at.vaults.create(owner.viewer, { name: 'Zweiter', quota: 20 })
    const folder = await at.vaults.makeFolder(owner, null, 'Ordner')
    const file = await fileIn(at, owner, folder, 'a.pdf', '12345')
    await putFile(at, owner, folder, 'a.pdf', { conflict: 'replace', content: '1234567' })
    await at.vaults.move(owner, [folder], { access: mine, folder: null }, 'ask')
    const used = async (number: number) => (await at.vaults.open(number, owner.viewer)).vault.used
    assert.deepEqual([await used(owner.vault.number), await used(mine.vault.number)], [0, 12])
    assert.lengthOf(await at.vaults.versions.list(mine, file), 2)
    const other = await fileIn(at, owner, null, 'b.pdf', '123456789')
    const into = { access: mine, folder }
    assert.equal(await codeOf(at.vaults.move(owner, [other], into, 'ask')), 'E_QUOTA')
    assert.equal(await codeOf(at.vaults.copy(owner, [other], into, 'ask')), 'E_QUOTA')
    assert.include(await lines(mine), 'moved')
    assert.include(await lines(owner), 'moved')
    assert.equal(await codeOf(at.vaults.move(await as('reader'), [other], into, 'ask')), 'E_ROLE')
  })

  test('conflicts are asked with all names, then replaced, kept or left out', async ({
    assert,
  }) => {
    const { owner } = await freshVault(at)
    const from = await at.vaults.makeFolder(owner, null, 'Von')
    const to = await at.vaults.makeFolder(owner, null, 'Nach')
    const ids: number[] = []
    for (const name of ['a.pdf', 'b.pdf', 'c.pdf'])
      ids.push(await fileIn(at, owner, from, name, 'neu'))
    const old = await fileIn(at, owner, to, 'A.pdf', 'alt')
    await fileIn(at, owner, to, 'b.pdf', 'alt')
    const target = { access: owner, folder: to }
    const asked = await refusalOf(at.vaults.copy(owner, ids, target, 'ask'))
    assert.deepEqual(asked!.facts, { names: ['A.pdf', 'b.pdf'] })
    const skipped = await at.vaults.copy(owner, ids, target, 'skip')
    assert.deepInclude(skipped, { skipped: ['a.pdf', 'b.pdf'] })
    const replaced = await at.vaults.copy(owner, [ids[0]!], target, 'replace')
    assert.deepEqual(replaced, { ids: [], onto: [old], skipped: [] })
    assert.equal(((await at.vaults.entry(owner, old)) as VaultFile).versionNumber, 2)
    const remembered = at.vaults.undoing.remembering(owner, 'moved')
    await at.vaults.move(remembered, [ids[1]!], target, 'replace')
    const now = (await at.vaults.entry(owner, ids[1]!)) as VaultFile
    assert.equal((await buffer(at.vaults.read(now))).toString(), 'neu')
    // Both taken back.
    await at.vaults.undoing.undo(owner, ['moved'])
    assert.deepEqual(await namesIn(at, owner, to), ['A.pdf', 'b.pdf', 'c.pdf'])
    // A folder is filled up.
    const twin = await at.vaults.makeFolder(owner, to, 'Von')
    await fileIn(at, owner, twin, 'a.pdf', 'alt')
    await at.vaults.move(owner, [from], target, 'replace')
    assert.deepEqual(await namesIn(at, owner, twin), ['a.pdf', 'b.pdf', 'c.pdf'])
    assert.equal(await codeOf(at.vaults.entry(owner, from)), 'E_NO_ENTRY')
  })

  test('an older version comes back as the newest', async ({ assert }) => {
    const { owner, as } = await freshVault(at)
    const file = await fileIn(at, owner, null, 'a.pdf', 'eins')
    await putFile(at, await as('editor'), null, 'a.pdf', { conflict: 'replace', content: 'zwei!' })
    assert.equal(await at.vaults.versions.restore(owner, file, 1), 3)
    const now = (await at.vaults.entry(owner, file)) as VaultFile
    assert.deepInclude(now, { versionNumber: 3, size: 4, verdict: 'clean' })
    assert.equal((await buffer(at.vaults.read(now))).toString(), 'eins')
    const all = await at.vaults.versions.list(owner, file)
    assert.deepEqual(
      all.map(({ number, size }) => [number, size]),
      [
        [3, 4],
        [2, 5],
        [1, 4],
      ]
    )
    assert.equal((await at.vaults.open(owner.vault.number, owner.viewer)).vault.used, 13)
    assert.equal(await codeOf(at.vaults.versions.restore(owner, file, 9)), 'E_NO_VERSION')
    assert.deepEqual((await lines(owner)).slice(0, 3), ['reverted', 'version', 'added'])
  })

  test('a contributor counts, finds and reads his own, wherever it was moved', async ({
    assert,
  }) => {
    const { owner, as } = await freshVault(at)
    const one = await as('contributor')
    const own = await fileIn(at, one, null, 'Beleg 1.pdf', '12345')
    await fileIn(at, owner, null, 'Beleg 2.pdf', '1234567890')
    const secret = await at.vaults.makeFolder(owner, null, 'Geprüft')
    const inside = await at.vaults.makeFolder(owner, secret, 'November')
    await at.vaults.makeFolder(owner, secret, 'Dezember')
    await at.vaults.move(owner, [own], { access: owner, folder: inside }, 'ask')
    const found = await at.vaults.find(one, 'beleg', { limit: 10 })
    assert.deepEqual(
      found.map(({ name, path }) => [name, path.map((step) => step.name)]),
      [['Beleg 1.pdf', ['Geprüft', 'November']]]
    )
    const { folders } = await at.vaults.folderTree(one, secret, { limit: 10 })
    assert.deepEqual(folders, [{ id: inside, name: 'November', hasFolders: false }])
    const [listed] = await at.vaults.listFor(one.viewer, { limit: 10 })
    assert.deepInclude(listed, { role: 'contributor', used: 5, unread: false })
    const shown = (await as('contributor')).vault
    const { vault } = await as('owner')
    assert.equal(shown.used, 5)
    assert.equal(shown.quota! - shown.used, vault.quota! - vault.used)
    at.clock.now = new Date(at.clock.now.getTime() + HOUR)
    await at.vaults.makeFolder(owner, null, 'Später')
    const [later] = await at.vaults.listFor(one.viewer, { limit: 10 })
    assert.deepEqual(later!.changedAt, listed!.changedAt)
    assert.deepEqual(await lines(one), ['moved', 'added'])
    assert.deepEqual(await at.vaults.taken(one, null, ['Beleg 2.pdf']), [])
    const copied = await at.vaults.copy(one, [secret], { access: one, folder: null }, 'ask')
    assert.deepEqual(await namesIn(at, owner, copied.ids[0]!), ['November'])
  })
})
