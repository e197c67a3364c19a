import { test } from '@japa/runner'
import type { Visitor } from '#tests/visitor'
import { put, sharedVault } from '#tests/shared_vault'
import { signedIn } from '#tests/visitor'

const ENGLISH = { 'accept-language': 'en' }

const statusOf = async (visitor: Visitor, path: string) => (await visitor.get(path)).status

test.group('Pages of a vault', () => {
  test('are read without script: list, folder, order, search, details, trash', async ({
    assert,
  }) => {
    const { owner, path, number, vaults } = await sharedVault()
    const folder = await vaults.makeFolder(owner.access, null, 'Ablage')
    const { id } = await put(owner, 'Kassenbuch.pdf', { folder })
    await put(owner, 'Zettel.pdf')
    const { visitor } = owner
    assert.include(await visitor.page('/webtresore'), `/webtresore/${number}`)
    const top = await visitor.page(path)
    assert.match(top, /Aktuell sind .+ an Speicherplatz belegt/)
    assert.include(top, `href="${path}/ordner/${folder}"`)
    assert.notInclude(top, 'Kassenbuch.pdf')
    const inside = await visitor.page(`${path}/ordner/${folder}`)
    assert.include(inside, 'Kassenbuch.pdf')
    const names = (page: string) =>
      [...page.matchAll(/data-name="([^"]+)"/g)].map(([, name]) => name)
    await put(owner, 'Abrechnung.pdf')
    const sorted = await visitor.page(`${path}?sortierung=name&absteigend=1`)
    assert.deepEqual(names(sorted), ['Ablage', 'Zettel.pdf', 'Abrechnung.pdf'])
    assert.deepEqual(names(await visitor.page(`${path}?suche=KASSEN`)), ['Kassenbuch.pdf'])
    assert.match(await visitor.page(`${path}?suche=gibtesnicht`), /Nichts gefunden/)
    // What is no order and no key shows the list all the same.
    assert.equal(await statusOf(visitor, `${path}?sortierung=unsinn&nach=%00`), 200)
    const details = await visitor.page(`${path}/dateien/${id}/details`)
    assert.include(details, 'Kassenbuch.pdf')
    assert.match(details, /[0-9a-f]{64}/)
    assert.match(await visitor.page(`${path}/papierkorb`), /Der Papierkorb ist leer/)
    const english = await visitor.get(path, ENGLISH)
    assert.match(await english.text(), /of storage is in use|Vault/)
  })

  test('of what is not there, and of vaults of others, there are none', async ({ assert }) => {
    const { owner, path, vaults } = await sharedVault()
    const folder = await vaults.makeFolder(owner.access, null, 'Ordner')
    const { id } = await put(owner, 'Beleg.pdf')
    const stranger = await signedIn({ role: 'staff' })
    const pages = [
      '',
      `/ordner/${folder}`,
      `/dateien/${id}/details`,
      `/dateien/${id}/vorschau`,
      '/baum',
      '/papierkorb',
      '/einstellungen',
    ]
    for (const page of pages) {
      assert.equal(await statusOf(owner.visitor, path + page), 200, page)
      assert.equal(await statusOf(stranger.visitor, path + page), 404, page)
    }
    const none = [
      `/ordner/${id}`,
      '/ordner/99999999',
      `/dateien/${folder}/details`,
      `/dateien/99999999/vorschau`,
      '/baum?ordner=99999999',
    ]
    for (const page of none) assert.equal(await statusOf(owner.visitor, path + page), 404, page)
    for (const page of ['/webtresore/0', '/webtresore/x', '/webtresore/99999999999']) {
      assert.equal(await statusOf(owner.visitor, page), 404, page)
    }
  })

  test('show a contributor his own, and no trash and settings to who may not', async ({
    assert,
  }) => {
    const { owner, as, path } = await sharedVault()
    const { id } = await put(owner, 'Geheim.pdf')
    const contributor = await as('contributor', 'Edda Einreicher')
    await put(contributor, 'Meiner.pdf')
    const page = await contributor.visitor.page(path)
    assert.include(page, 'Meiner.pdf')
    assert.notInclude(page, 'Geheim.pdf')
    assert.equal(await statusOf(contributor.visitor, `${path}/dateien/${id}/details`), 404)
    assert.equal(await statusOf(contributor.visitor, `${path}/papierkorb`), 403)
    const editor = await as('editor', 'Emil Editor')
    assert.equal(await statusOf(editor.visitor, `${path}/papierkorb`), 200)
    assert.equal(await statusOf(editor.visitor, `${path}/einstellungen`), 403)
  })

  test('the dialog of targets is told which vaults may be added to and changed', async ({
    assert,
  }) => {
    const { owner, as, number, vaults } = await sharedVault()
    const goals = async (visitor: Visitor) => {
      const answer = await visitor.get('/webtresore', { accept: 'application/json' })
      const { vaults: found, next } = (await answer.json()) as { vaults: object[]; next: null }
      assert.isNull(next)
      return found[0]
    }
    const facts = { number, isArchived: false, mayAdd: true }
    assert.deepInclude(await goals(owner.visitor), { ...facts, mayChange: true })
    const contributor = await as('contributor', 'Edda Einreicher')
    assert.deepInclude(await goals(contributor.visitor), { ...facts, mayChange: false })
    const reader = await as('reader', 'Rita Leser')
    assert.deepInclude(await goals(reader.visitor), { mayAdd: false, mayChange: false })
    await vaults.life.archive(owner.access, true)
    assert.deepInclude(await goals(owner.visitor), { isArchived: true, mayAdd: false })
  })

  test('its settings: name, archive, deletion and back, each in words', async ({ assert }) => {
    const { owner, path } = await sharedVault({ name: 'Mandant Meier' })
    const { visitor } = owner
    const page = `${path}/einstellungen`
    const sent = async (action: string, fields: Record<string, string>) => {
      const answer = await visitor.submit(page, fields, `${page}/${action}`)
      assert.equal(answer.status, 302, action)
      return visitor.page(page)
    }
    assert.match(await sent('name', { name: ' ' }), /Bitte füllen Sie dieses Feld aus/)
    assert.match(await sent('name', { name: 'x'.repeat(300) }), /1 bis 200 Zeichen/)
    assert.match(await sent('name', { name: 'Mandant Müller' }), /heißt jetzt .+Mandant Müller/)
    assert.match(await sent('archiv', { archiviert: '1' }), /ist archiviert/)
    assert.match(await sent('archiv', { archiviert: '0' }), /ist wieder geöffnet/)
    assert.match(await sent('loeschen', { bestaetigung: 'Meier' }), /genau der Name/)
    assert.match(
      await sent('loeschen', { bestaetigung: 'Mandant Müller' }),
      /liegt jetzt im Papierkorb/
    )
    assert.match(await sent('zurueckholen', {}), /ist zurückgeholt/)
    const made = await visitor.submit('/webtresore', { name: 'Zweiter' })
    assert.match(made.headers.get('location')!, /^\/webtresore\/\d{5,}$/)
  })
})
