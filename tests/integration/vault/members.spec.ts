import { test } from '@japa/runner'
import { transaction } from '#transaction'
import type { Access, Grant, VaultRole, VaultViewer } from '#vault'
import { codeOf, fileIn, freshVault, house, person } from './fresh_vault.ts'

const DAY = 86_400_000
const reader: Grant = { role: 'reader', until: null }

async function start(cleanup: (work: () => Promise<void>) => void) {
  const at = await house()
  cleanup(() => at.close())
  const add = (access: Access, viewer: VaultViewer, grant: Grant = reader) =>
    transaction(at.db, (trx) => at.vaults.admissions.add(trx, access, viewer, grant))
  return { at, add, ...(await freshVault(at)) }
}

test.group('members', () => {
  test('come with a role, change it, end, go: each is noted', async ({ assert, cleanup }) => {
    const { at, add, owner } = await start(cleanup)
    const client = await person(at, 'client', 'Carla Client')
    await add(owner, client, { role: 'contributor', until: null })
    assert.equal(await codeOf(add(owner, client)), 'E_MEMBER')
    assert.equal((await at.vaults.open(owner.vault.number, client)).role, 'contributor')

    const until = new Date(at.clock.now.getTime() + DAY)
    await at.vaults.members.change(owner, client.id, { role: 'editor', until })
    await at.vaults.members.change(owner, client.id, { role: 'editor', until })
    at.clock.now = until
    assert.equal(await codeOf(at.vaults.open(owner.vault.number, client)), 'E_NO_VAULT')
    const [, ended] = await at.vaults.members.list(owner)
    assert.deepInclude(ended, { id: client.id, role: 'editor', ended: true })

    await add(owner, client)
    assert.equal((await at.vaults.open(owner.vault.number, client)).role, 'reader')
    await at.vaults.members.remove(owner, client.id)
    assert.equal(await codeOf(at.vaults.open(owner.vault.number, client)), 'E_NO_VAULT')
    assert.equal(await codeOf(at.vaults.members.remove(owner, client.id)), 'E_NO_MEMBER')

    const noted = await at.db.from('activities').orderBy('id').select('what', 'details')
    assert.deepEqual(
      noted.map(({ what }) => what),
      ['vault_made', 'member_added', 'member_changed', 'member_added', 'member_removed']
    )
    assert.deepEqual(JSON.parse(noted[2].details), {
      member: client.id,
      name: 'Carla Client',
      from: 'contributor',
      role: 'editor',
      until: until.toISOString(),
    })
    assert.deepEqual((await at.ledger.verify()).problems, [])
  })

  test('who comes and goes leaves a vault as it was: no last change, nothing unread', async ({
    assert,
    cleanup,
  }) => {
    const { at, add, owner } = await start(cleanup)
    const { vault, viewer } = owner
    const reading = await person(at, 'client')
    await add(owner, reading)
    await fileIn(at, owner, null, 'Bericht.pdf')
    const access = await at.vaults.open(vault.number, reading)
    at.clock.now = new Date(at.clock.now.getTime() + DAY)
    await at.vaults.news.visit(access)
    const before = (await at.vaults.open(vault.number, viewer)).vault.changedAt
    at.clock.now = new Date(at.clock.now.getTime() + DAY)
    const other = await person(at)
    await add(owner, other)
    await at.vaults.members.change(owner, other.id, { role: 'editor', until: null })
    await at.vaults.members.transfer(owner, other.id)
    await at.vaults.members.leave(await at.vaults.open(vault.number, viewer))
    const [listed] = await at.vaults.listFor(reading, { limit: 1 })
    assert.deepInclude(listed, { changedAt: before, unread: false })
    await at.vaults.makeFolder(await at.vaults.open(vault.number, other), null, 'Neu')
    const [later] = await at.vaults.listFor(reading, { limit: 1 })
    assert.deepInclude(later, { changedAt: at.clock.now, unread: false })
  })

  test('only the owner manages them; {$self} does not')
    .with(['editor', 'contributor', 'reader'] as VaultRole[])
    .run(async ({ assert, cleanup }, role) => {
      const { at, add, owner, as } = await start(cleanup)
      const other = await person(at)
      const access = await as(role)
      assert.equal(await codeOf(add(access, other)), 'E_ROLE')
      const editor: Grant = { role: 'editor', until: null }
      assert.equal(
        await codeOf(at.vaults.members.change(access, access.viewer.id, editor)),
        'E_ROLE'
      )
      assert.equal(await codeOf(at.vaults.members.remove(access, owner.viewer.id)), 'E_ROLE')
      assert.equal(await codeOf(at.vaults.members.transfer(access, access.viewer.id)), 'E_ROLE')
      assert.equal(await codeOf(at.vaults.care.setQuota(access, 1)), 'E_ROLE')
      await at.vaults.members.leave(access)
      assert.equal(await codeOf(at.vaults.open(owner.vault.number, access.viewer)), 'E_NO_VAULT')
    })

  test('nobody becomes more than an owner can give', async ({ assert, cleanup }) => {
    const { at, add, owner } = await start(cleanup)
    const client = await person(at, 'client')
    for (const role of ['owner', 'administrator', '']) {
      const grant = { role, until: null } as unknown as Grant
      assert.equal(await codeOf(add(owner, client, grant)), 'E_MEMBER_ROLE')
    }
    const past: Grant = { role: 'reader', until: at.clock.now }
    assert.equal(await codeOf(add(owner, client, past)), 'E_PERIOD')
    assert.equal(await codeOf(at.vaults.members.change(owner, owner.viewer.id, reader)), 'E_OWNER')
    assert.equal(await codeOf(at.vaults.members.remove(owner, owner.viewer.id)), 'E_OWNER')
    assert.equal(await codeOf(at.vaults.members.leave(owner)), 'E_OWNER')
    assert.equal(await codeOf(at.vaults.care.setQuota(owner, 1024 ** 4)), 'E_ROLE')
  })

  test('a contributor does not learn who else puts in, nor addresses', async ({
    assert,
    cleanup,
  }) => {
    const { at, add, owner, as } = await start(cleanup)
    const editor = await as('editor')
    const contributor = await as('contributor')
    await add(owner, await person(at, 'client', 'Other Client'), {
      role: 'contributor',
      until: null,
    })
    const seen = await at.vaults.members.list(contributor)
    assert.sameMembers(
      seen.map(({ id }) => id),
      [owner, editor, contributor].map(({ viewer }) => viewer.id)
    )
    assert.deepEqual(
      seen.filter(({ email }) => email !== null).map(({ id }) => id),
      [contributor.viewer.id]
    )
    assert.lengthOf(await at.vaults.members.list(editor), 4)
    assert.isTrue((await at.vaults.members.list(owner)).every(({ email }) => email !== null))
  })

  test('who goes leaves nothing locked', async ({ assert, cleanup }) => {
    const { at, owner, as } = await start(cleanup)
    const editor = await as('editor')
    const file = await fileIn(at, owner, null, 'a.pdf')
    await at.db
      .from('entries')
      .where('id', file)
      .update({ locked_by_id: editor.viewer.id, locked_by_name: 'x', locked_at: 1 })
    await at.vaults.members.leave(editor)
    assert.isNull((await at.db.from('entries').where('id', file).first()).locked_by_id)
  })

  test('the owner hands over to a member, an administrator to anybody who can sign in', async ({
    assert,
    cleanup,
  }) => {
    const { at, owner, as, number } = await start(cleanup)
    const editor = await as('editor')
    const stranger = await person(at)
    assert.equal(await codeOf(at.vaults.members.transfer(owner, stranger.id)), 'E_NO_MEMBER')
    await at.vaults.members.transfer(owner, editor.viewer.id)
    assert.equal((await at.vaults.open(number, owner.viewer)).role, 'editor')
    assert.equal(await codeOf(at.vaults.members.remove(owner, editor.viewer.id)), 'E_ROLE')
    const now = await at.vaults.open(number, editor.viewer)
    assert.equal(now.role, 'owner')
    assert.equal(now.vault.ownerId, editor.viewer.id)

    const boss = await person(at, 'administrator')
    const kept = await at.vaults.care.open(number, boss)
    await at.db.from('users').where('id', stranger.id).update({ disabled_at: 1 })
    assert.equal(await codeOf(at.vaults.members.transfer(kept, stranger.id)), 'E_DISABLED')
    await at.db.from('users').where('id', stranger.id).update({ disabled_at: null })
    await at.vaults.members.transfer(kept, stranger.id, 'Besitzer ausgeschieden')
    assert.equal((await at.vaults.open(number, stranger)).role, 'owner')
    const owners = await at.db.from('memberships').where('role', 'owner')
    assert.lengthOf(owners, 1)
  })

  test('an administrator sees all vaults without their content, and rations them', async ({
    assert,
    cleanup,
  }) => {
    const { at, owner, number } = await start(cleanup)
    await fileIn(at, owner, null, 'Geheim.pdf', 'x'.repeat(100))
    const boss = await person(at, 'administrator')
    for (const role of ['staff', 'client', 'auditor'] as const) {
      const viewer = await person(at, role)
      assert.equal(await codeOf(at.vaults.care.list(viewer, {}, { limit: 9 })), 'E_ROLE')
      assert.equal(await codeOf(at.vaults.care.open(number, viewer)), 'E_NO_VAULT')
    }
    const all = await at.vaults.care.list(boss, {}, { limit: 9 })
    assert.lengthOf(all, 1)
    assert.deepInclude(all[0], { number, members: 1, used: 100, orphaned: false })
    assert.notInclude(JSON.stringify(all), 'Geheim')
    assert.lengthOf(await at.vaults.care.list(boss, { search: String(number) }, { limit: 9 }), 1)
    assert.lengthOf(await at.vaults.care.list(boss, { search: '%' }, { limit: 9 }), 0)
    assert.lengthOf(await at.vaults.care.list(boss, {}, { after: number, limit: 9 }), 0)

    const gone = await at.vaults.create(boss, { name: 'Weg' })
    await at.db.from('vaults').where('id', gone.vault.id).update({ owner_id: null, trashed_at: 1 })
    assert.lengthOf(await at.vaults.care.list(boss, {}, { limit: 9 }), 1)
    const destroyed = at.vaults.care.open(gone.vault.number, boss)
    assert.equal(await codeOf(destroyed), 'E_NO_VAULT')

    const kept = await at.vaults.care.open(number, boss)
    await at.vaults.care.setQuota(kept, 50)
    assert.equal((await at.vaults.open(number, owner.viewer)).vault.quota, 50)
    assert.equal(await codeOf(at.vaults.care.setQuota(kept, 0)), 'E_QUOTA_SIZE')
    assert.equal(await codeOf(at.vaults.list(kept, null, { limit: 1 })), 'E_ROLE')
  })
})
