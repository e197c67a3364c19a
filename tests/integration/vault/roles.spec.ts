import { test } from '@japa/runner'
import { transaction } from '#transaction'
import type { Access, VaultRole } from '#vault'
import type { House } from '#tests/house'
import { codeOf, fileIn, freshVault, house, person, putFile } from './fresh_vault.ts'

/** What a verb finds: a file and a folder of the owner's, something in the trash, a file of the contributor's. */
interface Scene {
  at: House
  file: number
  folder: number
  unchecked: number
  batch: string
  other: Access
}

interface Verb {
  name: string
  allowed: VaultRole[]
  run: (access: Access, scene: Scene) => Promise<unknown>
  /** It names something in the vault. */
  names?: boolean
  /** Nothing is found rather than refused: a contributor does not learn that it is there. */
  unseen?: boolean
}

const everybody: VaultRole[] = ['owner', 'editor', 'contributor', 'reader']
const writers: VaultRole[] = ['owner', 'editor']
const owner: VaultRole[] = ['owner']
const top = { limit: 10 }

const verbs: Verb[] = [
  { name: 'list', allowed: everybody, run: (a, { at }) => at.vaults.list(a, null, top) },
  { name: 'find', allowed: everybody, run: (a, { at }) => at.vaults.find(a, 'x', top) },
  {
    name: 'folderTree',
    allowed: everybody,
    run: (a, { at }) => at.vaults.folderTree(a, null, top),
  },
  { name: 'activity', allowed: everybody, run: (a, { at }) => at.vaults.activity.list(a, {}, top) },
  { name: 'taken', allowed: everybody, run: (a, { at }) => at.vaults.taken(a, null, ['x']) },
  {
    name: 'entry',
    names: true,
    allowed: ['owner', 'editor', 'reader'],
    unseen: true,
    run: (a, { at, file }) => at.vaults.entry(a, file),
  },
  {
    name: 'versions',
    names: true,
    allowed: ['owner', 'editor', 'reader'],
    unseen: true,
    run: (a, { at, file }) => at.vaults.versions.list(a, file),
  },
  {
    name: 'copy out',
    names: true,
    allowed: ['owner', 'editor', 'reader'],
    unseen: true,
    run: (a, { at, file, other }) =>
      at.vaults.copy(a, [file], { access: other, folder: null }, 'keep'),
  },
  {
    name: 'makeFolder',
    allowed: ['owner', 'editor', 'contributor'],
    run: (a, { at }) => at.vaults.makeFolder(a, null, 'Neu'),
  },
  {
    name: 'put',
    allowed: ['owner', 'editor', 'contributor'],
    run: (a, { at }) => putFile(at, a, null, 'Neu.pdf'),
  },
  {
    name: 'reserve',
    allowed: ['owner', 'editor', 'contributor'],
    run: (a, { at }) => transaction(at.db, (trx) => at.vaults.reserve(trx, a, 1)),
  },
  {
    name: 'rename',
    names: true,
    allowed: writers,
    run: (a, { at, file }) => at.vaults.rename(a, file, 'Anders'),
  },
  {
    name: 'remove',
    names: true,
    allowed: writers,
    run: (a, { at, file }) => at.vaults.remove(a, [file]),
  },
  {
    name: 'restore',
    names: true,
    allowed: writers,
    run: (a, { at, batch }) => at.vaults.restore(a, batch),
  },
  { name: 'trash', allowed: writers, run: (a, { at }) => at.vaults.trash(a, top) },
  {
    name: 'move',
    names: true,
    allowed: writers,
    run: (a, { at, file, folder }) => at.vaults.move(a, [file], { access: a, folder }, 'ask'),
  },
  {
    name: 'lock',
    names: true,
    allowed: writers,
    run: (a, { at, file }) => at.vaults.lock(a, [file]),
  },
  {
    name: 'restoreVersion',
    names: true,
    allowed: writers,
    run: (a, { at, file }) => at.vaults.versions.restore(a, file, 1),
  },
  {
    name: 'versions.remove',
    names: true,
    allowed: writers,
    run: (a, { at, file }) => at.vaults.versions.remove(a, file, 1),
  },
  { name: 'emptyTrash', allowed: owner, run: (a, { at }) => at.vaults.emptyTrash(a) },
  {
    name: 'releaseUnchecked',
    names: true,
    allowed: owner,
    run: (a, { at, unchecked }) =>
      at.vaults.verdicts.releaseUnchecked(a, unchecked, 'vom Absender bestätigt'),
  },
  { name: 'renameVault', allowed: owner, run: (a, { at }) => at.vaults.life.rename(a, 'Anders') },
  { name: 'archiveVault', allowed: owner, run: (a, { at }) => at.vaults.life.archive(a, true) },
  {
    name: 'trashVault',
    allowed: owner,
    run: (a, { at }) => at.vaults.life.trash(a, 'Mandant Meier'),
  },
  { name: 'restoreVault', allowed: owner, run: (a, { at }) => at.vaults.life.restore(a) },
]

/** They show what the access was opened for; each request opens anew. */
const reading = new Set('list find folderTree activity taken entry versions trash'.split(' '))

async function scene(at: House) {
  const vault = await freshVault(at)
  const { owner: mine } = vault
  const file = await fileIn(at, mine, null, 'Bericht.pdf')
  await putFile(at, mine, null, 'Bericht.pdf', { conflict: 'replace' })
  const folder = await at.vaults.makeFolder(mine, null, 'Ordner')
  const removed = await fileIn(at, mine, null, 'Weg.pdf')
  const batch = await at.vaults.remove(mine, [removed])
  const odd = await putFile(at, mine, null, 'Kennwort.zip', { scanned: false })
  await transaction(at.db, (trx) =>
    at.vaults.verdicts.judge(trx, [odd!.entry.version], 'unchecked', 'verschlüsselt')
  )
  const other = (await freshVault(at)).owner
  return { vault, scene: { at, file, folder, unchecked: odd!.entry.id, batch, other } }
}

test.group('Roles', (group) => {
  let at: House
  group.setup(async () => {
    at = await house()
    return () => at.close()
  })

  test('{name} is for those whom the table names')
    .with(verbs)
    .run(async ({ assert }, verb) => {
      for (const role of everybody) {
        const { vault, scene: there } = await scene(at)
        const access = await vault.as(role)
        // Where something goes to is the viewer's own.
        const other = await at.vaults.create(
          { ...access.viewer, role: 'staff' },
          { name: 'Eigener' }
        )
        const code = await codeOf(() => verb.run(access, { ...there, other }))
        const refused = role === 'contributor' && verb.unseen ? 'E_NO_ENTRY' : 'E_ROLE'
        assert.equal(code, verb.allowed.includes(role) ? 'nothing' : refused, role)
      }
    })

  test('{name} finds nothing of another vault, and nothing with a role that was taken')
    .with(verbs)
    .run(async ({ assert }, verb) => {
      const foreign = await scene(at)
      const own = await scene(at)
      const stranger = await person(at)
      assert.equal(await codeOf(at.vaults.open(foreign.vault.number, stranger)), 'E_NO_VAULT')
      if (verb.names) {
        const code = await codeOf(() =>
          verb.run(own.vault.owner, { ...foreign.scene, other: own.scene.other })
        )
        assert.equal(code, 'E_NO_ENTRY')
      }
      const before = await own.vault.as('editor')
      await at.db.from('memberships').where('user_id', before.viewer.id).update({ until: 1 })
      assert.equal(await codeOf(at.vaults.open(own.vault.number, before.viewer)), 'E_NO_VAULT')
      if (verb.allowed.includes('editor') && !reading.has(verb.name)) {
        assert.equal(await codeOf(() => verb.run(before, own.scene)), 'E_NO_VAULT')
      }
    })

  test('an administrator looks after a vault and sees nothing of it', async ({ assert }) => {
    const { vault, scene: there } = await scene(at)
    const admin = await person(at, 'administrator')
    assert.equal(await codeOf(at.vaults.open(vault.number, admin)), 'E_NO_VAULT')
    assert.equal(await codeOf(at.vaults.care.open(vault.number, await person(at))), 'E_NO_VAULT')
    const access = await at.vaults.care.open(vault.number, admin)
    for (const verb of verbs.filter(({ name }) => !/Vault$/.test(name) && name !== 'copy out')) {
      assert.equal(await codeOf(() => verb.run(access, there)), 'E_ROLE', verb.name)
    }
    await at.vaults.life.rename(access, 'Anders')
  })
})

test.group('A vault at its end', () => {
  test('is read only once archived, in the trash its owner’s, then gone', async ({
    assert,
    cleanup,
  }) => {
    const at = await house()
    cleanup(() => at.close())
    const { vault, scene: there } = await scene(at)
    const editor = await vault.as('editor')
    await at.vaults.life.archive(vault.owner, true)
    assert.equal(await codeOf(at.vaults.rename(editor, there.file, 'x')), 'E_ARCHIVED')
    const resting = await vault.as('owner')
    assert.equal(await codeOf(putFile(at, resting, null, 'x.pdf')), 'E_ARCHIVED')
    await at.vaults.list(resting, null, top)
    await at.vaults.life.archive(resting, false)
    assert.equal(await codeOf(at.vaults.life.trash(resting, 'meier')), 'E_CONFIRMATION')
    await at.vaults.life.trash(resting, ' Mandant Meier ')
    assert.equal(await codeOf(vault.as('editor')), 'E_NO_VAULT')
    assert.deepEqual(
      (await at.vaults.life.trashedFor(resting.viewer)).map(({ number }) => number),
      [vault.number]
    )
    await at.vaults.life.restore(await vault.as('owner'))
    assert.isNull((await vault.as('editor')).vault.trashedAt)
    await at.vaults.life.trash(await vault.as('owner'), 'Mandant Meier')
    const { now } = at.clock
    at.clock.now = new Date(now.getTime() + 30 * 24 * 60 * 60_000)
    for (let round = 0; round < 3; round++) await at.vaults.sweep()
    at.clock.now = now
    assert.equal(await codeOf(vault.as('owner')), 'E_NO_VAULT')
    assert.lengthOf(await at.db.from('entries').where('vault_id', vault.owner.vault.id), 0)
    assert.deepEqual((await at.ledger.verify()).problems, [])
  })
})
