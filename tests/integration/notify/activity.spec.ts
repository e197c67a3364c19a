import { test } from '@japa/runner'
import type { ActivityFilter } from '#vault'
import type { House } from '#tests/house'
import { fileIn, freshVault, house, putFile } from '../vault/fresh_vault.ts'
import { HOUR, pass } from './told.ts'

test.group('Activity of a vault', (group) => {
  let at: House
  group.setup(async () => {
    at = await house()
    return () => at.close()
  })

  test('is found by person, kind, time, file and name, page by page', async ({ assert }) => {
    const { owner, as } = await freshVault(at)
    const editor = await as('editor')
    const report = await fileIn(at, owner, null, 'Bericht 100%.pdf')
    pass(at, HOUR)
    const since = at.clock.now
    await putFile(at, editor, null, 'Bericht 100%.pdf', { conflict: 'replace' })
    await at.vaults.makeFolder(editor, null, 'Über "uns"')
    const found = async (filter: ActivityFilter, access = owner) => {
      const kinds: string[] = []
      for (let before: number | undefined; ;) {
        const page = await at.vaults.activity.list(access, filter, { before, limit: 2 })
        assert.isAtMost(page.activities.length, 2)
        kinds.push(...page.activities.map(({ what }) => what))
        if (page.next === null) return kinds
        before = page.next
      }
    }
    assert.deepEqual(await found({}), ['folder', 'version', 'added', 'vault_made'])
    assert.deepEqual(await found({ actor: editor.viewer.id }), ['folder', 'version'])
    assert.deepEqual(await found({ what: ['added', 'folder'] }), ['folder', 'added'])
    assert.deepEqual(await found({ since }), ['folder', 'version'])
    assert.deepEqual(await found({ until: since }), ['added', 'vault_made'])
    assert.deepEqual(await found({ entry: report }), ['version', 'added'])
    assert.deepEqual(await found({ name: 'bericht 100%' }), ['version', 'added'])
    assert.deepEqual(await found({ name: 'r "u' }), ['folder'])
    assert.deepEqual(await found({ name: '_' }), [])
    assert.deepEqual(
      (await at.vaults.activity.actors(owner)).map(({ id }) => id).sort(),
      [owner.viewer.id, editor.viewer.id].sort()
    )
  })

  test('shows a contributor his own only, and a foreign vault nothing', async ({ assert }) => {
    const { owner, as } = await freshVault(at)
    const contributor = await as('contributor')
    await fileIn(at, owner, null, 'Fremd.pdf')
    await fileIn(at, contributor, null, 'Mein.pdf')
    await putFile(at, owner, null, 'Mein.pdf', { conflict: 'replace' })
    const { activities } = await at.vaults.activity.list(contributor, {}, { limit: 10 })
    assert.deepEqual(
      activities.map(({ what, names }) => [what, ...names]),
      [
        ['version', 'Mein.pdf'],
        ['added', 'Mein.pdf'],
      ]
    )
    const { activities: asked } = await at.vaults.activity.list(
      contributor,
      { name: 'Fremd' },
      { limit: 10 }
    )
    assert.deepEqual(asked, [])
    const stranger = await freshVault(at)
    const theirs = await at.vaults.activity.list(stranger.owner, {}, { limit: 10 })
    assert.lengthOf(theirs.activities, 1)
  })
})
