import { test } from '@japa/runner'
import { buffer } from 'node:stream/consumers'
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

test.group('A vault takes files and folders', (group) => {
  let at: House
  group.setup(async () => {
    at = await house()
    return () => at.close()
  })

  test('and gives them back', async ({ assert }) => {
    const { owner } = await freshVault(at)
    const folder = await at.vaults.makeFolder(owner, null, 'Belege')
    await putFile(at, owner, folder, 'Kassenbuch.pdf', { path: ['2026', '11'] })
    const deep = await at.vaults.list(owner, folder, { limit: 10 })
    assert.deepEqual(deep.path, [{ id: folder, name: 'Belege' }])
    const [year] = deep.entries
    const [month] = (await at.vaults.list(owner, year!.id, { limit: 10 })).entries
    const { entries, path } = await at.vaults.list(owner, month!.id, { limit: 10 })
    assert.deepEqual(
      path.map(({ name }) => name),
      ['Belege', '2026', '11']
    )
    const file = entries[0] as VaultFile
    assert.deepInclude(file, {
      name: 'Kassenbuch.pdf',
      verdict: 'clean',
      versionNumber: 1,
      madeBy: owner.viewer.name,
      changedBy: null,
    })
    assert.equal((await buffer(at.vaults.read(file))).toString(), 'Inhalt von Kassenbuch.pdf')
    const { vault } = await at.vaults.open(owner.vault.number, owner.viewer)
    assert.equal(vault.used, 'Inhalt von Kassenbuch.pdf'.length)
    assert.deepEqual((await at.ledger.verify()).problems, [])
  })

  test('and folders without files, made once however often they come', async ({ assert }) => {
    const { owner, as } = await freshVault(at)
    const paths = [['2026', 'leer'], ['2026', 'tief', 'ganz tief'], ['U\u0308bersicht ']]
    const made = await at.vaults.makeFolders(owner, null, paths)
    assert.deepEqual(await at.vaults.makeFolders(owner, null, paths), made)
    assert.deepEqual(await namesIn(at, owner), ['2026', 'Übersicht '])
    const [year] = (await at.vaults.list(owner, null, { limit: 10 })).entries
    assert.deepEqual(await namesIn(at, owner, year!.id), ['leer', 'tief'])
    await fileIn(at, owner, null, 'Bericht')
    const below = () => at.vaults.makeFolders(owner, null, [['neu'], ['Bericht', 'x']])
    assert.equal(await codeOf(below), 'E_NAME_TAKEN')
    assert.notInclude(await namesIn(at, owner), 'neu')
    assert.equal(await codeOf(at.vaults.makeFolders(owner, null, [['..']])), 'E_NAME')
    const reader = await as('reader')
    assert.equal(await codeOf(at.vaults.makeFolders(reader, null, [['x']])), 'E_ROLE')
    assert.deepEqual((await at.ledger.verify()).problems, [])
  })

  test('whose name is taken, as is asked for', async ({ assert }) => {
    const { owner, as } = await freshVault(at)
    const id = await fileIn(at, owner, null, 'Bericht.pdf')
    const refused = await refusalOf(putFile(at, owner, null, 'BERICHT.pdf'))
    assert.deepInclude(refused, { code: 'E_NAME_TAKEN', facts: { names: ['Bericht.pdf'] } })
    assert.isNull(await putFile(at, owner, null, 'Bericht.pdf', { conflict: 'skip' }))
    const kept = await putFile(at, owner, null, 'Bericht.pdf', { conflict: 'keep' })
    assert.equal(kept!.entry.name, 'Bericht (2).pdf')
    const editor = await as('editor')
    const replaced = await putFile(at, editor, null, 'bericht.PDF', {
      ...{ conflict: 'replace', content: 'neu' },
    })
    assert.deepInclude(replaced!.entry, {
      ...{ id, name: 'Bericht.pdf', versionNumber: 2, size: 3, changedBy: editor.viewer.name },
    })
    await at.vaults.makeFolder(owner, null, 'Ordner')
    assert.equal(
      await codeOf(putFile(at, owner, null, 'ordner', { conflict: 'replace' })),
      'E_NAME_TAKEN'
    )
    assert.equal(await codeOf(at.vaults.makeFolder(owner, null, 'Bericht.pdf')), 'E_NAME_TAKEN')
  })

  test('of which a contributor sees his own, and the folders on the way', async ({ assert }) => {
    const { owner, as } = await freshVault(at)
    const one = await as('contributor')
    const other = await person(at, 'client')
    await join(at, owner, other, 'contributor')
    const shared = await at.vaults.makeFolder(owner, null, 'Eingang')
    await at.vaults.makeFolder(owner, null, 'Intern')
    await fileIn(at, owner, null, 'Bericht.pdf')
    const own = await putFile(at, one, null, 'Bericht.pdf')
    assert.equal(own!.entry.name, 'Bericht (2).pdf')
    assert.deepEqual(await namesIn(at, one), ['Bericht (2).pdf'])
    assert.equal(await codeOf(at.vaults.list(one, shared, { limit: 9 })), 'E_NO_ENTRY')
    // Moved by the owner into a folder that he did not know.
    await at.db.from('entries').where('id', own!.entry.id).update({ parent_id: shared })
    assert.deepEqual(await namesIn(at, one), ['Eingang'])
    assert.deepEqual(await namesIn(at, one, shared), ['Bericht (2).pdf'])
    assert.deepEqual(await namesIn(at, await at.vaults.open(owner.vault.number, other)), [])
  })

  test('of a contributor whole folders too, in one beside that of the same name which he cannot see', async ({
    assert,
  }) => {
    const { owner, as } = await freshVault(at)
    const one = await as('contributor')
    await at.vaults.makeFolder(owner, null, '2026')
    await at.vaults.makeFolder(owner, null, '2026 (2)')
    for (const name of ['Januar.pdf', 'Februar.pdf', 'März.pdf']) {
      await putFile(at, one, null, name, { path: ['2026', 'Belege'] })
    }
    const { entries } = await at.vaults.list(one, null, { limit: 9 })
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['2026 (3)']
    )
    const [inside] = (await at.vaults.list(one, entries[0]!.id, { limit: 9 })).entries
    assert.sameMembers(await namesIn(at, one, inside!.id), [
      'Januar.pdf',
      'Februar.pdf',
      'März.pdf',
    ])
  })
})
