import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { randomUUID } from 'node:crypto'
import { Vaults } from '#vault'
import { lettersTo } from '#tests/mailed_links'
import { staff } from '#tests/seeded_mail'

const NAME = 'Mandant Geheim'

async function vaultOf() {
  const owner = await staff({ fullName: `Olga ${randomUUID().slice(0, 8)}` })
  const vaults = await app.container.make(Vaults)
  const { id, fullName: name } = owner.person
  const { vault } = await vaults.create({ id, name, role: 'staff', mailboxes: [] }, { name: NAME })
  return { owner, vault, page: `/verwaltung/webtresore/${vault.number}` }
}

test.group('all vaults, for administrators', () => {
  test('shows whose they are and how full, and neither names nor content', async ({ assert }) => {
    const { visitor } = await staff({ role: 'administrator' })
    const { owner, vault, page } = await vaultOf()
    await db
      .from('vaults')
      .where('id', vault.id)
      .update({ used: 1024 ** 3, changed_at: 1 })
    const name = owner.person.fullName
    for (const suche of [String(vault.number), name, owner.person.email]) {
      const list = await visitor.page(`/verwaltung/webtresore?suche=${encodeURIComponent(suche)}`)
      assert.include(list, `>${vault.number}<`)
      assert.include(list, name)
      assert.notInclude(list, NAME)
    }
    const shown = await visitor.page(page)
    assert.include(shown, '1 GB von 5 GB belegt')
    assert.include(shown, owner.person.email)
    assert.notInclude(shown, NAME)
    assert.equal((await visitor.get(`/webtresore/${vault.number}`)).status, 404)
    assert.equal((await visitor.get('/verwaltung/webtresore/999999')).status, 404)
    assert.include(
      await visitor.page('/verwaltung/webtresore?suche=%25'),
      'Kein Webtresor gefunden'
    )
  })

  test('sets the quota, hands over when the owner left, lets in with a reason: owners are told', async ({
    assert,
  }) => {
    const { visitor } = await staff({ role: 'administrator', fullName: 'Chris Chef' })
    const { owner, vault, page } = await vaultOf()
    await visitor.submit(page, { speicher: '7.5' }, `${page}/speicher`)
    const row = await db.from('vaults').where('id', vault.id).firstOrFail()
    assert.equal(row.quota, 7.5 * 1024 ** 3)

    const guest = `gast-${randomUUID()}@example.net`
    const wanted = { adresse: guest, rolle: 'reader', sprache: 'de' }
    await visitor.submit(page, { ...wanted, grund: '' }, `${page}/mitglieder`)
    assert.equal(await lettersTo(guest), 0)
    await visitor.submit(page, { ...wanted, grund: 'Vertretung' }, `${page}/mitglieder`)
    assert.equal(await lettersTo(guest), 1)
    const [told] = await db
      .from('outbox')
      .where({ recipient: owner.person.email, kind: 'vault_opened' })
    assert.include(told.body_text, 'Vertretung')

    const { person: heir } = await staff()
    const hand = (adresse: string) =>
      visitor.submit(page, { adresse, grund: 'ausgeschieden' }, `${page}/uebergeben`)
    await hand('niemand@example.net')
    assert.include(await visitor.page(page), 'gibt es kein Konto')
    await hand(heir.email)
    const after = await db.from('vaults').where('id', vault.id).firstOrFail()
    assert.equal(after.owner_id, heir.id)
    for (const email of [owner.person.email, heir.email]) {
      const letters = await db.from('outbox').where({ recipient: email, kind: 'vault_owner' })
      assert.lengthOf(letters, 1, email)
    }
  })
})
