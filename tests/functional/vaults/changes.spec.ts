import { test } from '@japa/runner'
import type { VaultFile } from '#vault'
import { put, sharedVault, type Insider } from '#tests/shared_vault'
import { browserHeaders, uploaded } from '#tests/tus_client'
import type { Visitor } from '#tests/visitor'

interface Answer {
  status: number
  text: string
  code?: string
  message?: string
  facts?: { names?: string[] }
  errors?: { message: string; field: string }[]
  undo?: { action: string; fields: Record<string, string[]> }
  entries?: number[]
}

type Fields = Record<string, string | number | (string | number)[]>

/** Sends what the page's script sends. */
async function send(
  visitor: Visitor,
  action: string,
  fields: Fields,
  language = 'de'
): Promise<Answer> {
  const body = new URLSearchParams()
  const token = /name='_csrf' value='([^']+)'/.exec(await visitor.page('/webtresore'))![1]!
  for (const [name, value] of Object.entries(fields)) {
    for (const one of [value].flat()) body.append(name, String(one))
  }
  const headers = {
    'accept': 'application/json',
    'accept-language': language,
    'x-csrf-token': token,
  }
  const response = await visitor.request(action, { method: 'POST', body, headers })
  const said = (await response.json()) as Answer
  return { ...said, status: response.status }
}

const inFolder = async ({ vaults }: { vaults: VaultsOf }, { access }: Insider, folder?: number) =>
  (await vaults.list(access, folder ?? null, { limit: 50 })).entries.map(({ name }) => name)

type VaultsOf = Awaited<ReturnType<typeof sharedVault>>['vaults']

test.group('What changes files and folders', () => {
  test('says it in a sentence, and hands out the way back: {verb}')
    .with([
      { verb: 'ordner', name: 'Neu', said: 'Der Ordner „Neu“ ist angelegt.' },
      { verb: 'umbenennen', name: 'Anders.pdf', said: '„Beleg.pdf“ heißt jetzt „Anders.pdf“.' },
      { verb: 'loeschen', said: '„Beleg.pdf“ liegt jetzt im Papierkorb.' },
      { verb: 'sperren', bis: '2099-12-31', said: '„Beleg.pdf“ ist gesperrt.' },
      { verb: 'freigeben', said: '„Beleg.pdf“ ist freigegeben.' },
      { verb: 'kopieren', said: '„Beleg.pdf“ ist kopiert.' },
      { verb: 'verschieben', ordner: 'folder', said: '„Beleg.pdf“ ist verschoben.' },
    ])
    .run(async ({ assert }, { verb, said, ordner, ...more }) => {
      const at = await sharedVault()
      const { owner, path, vaults } = at
      const { id } = await put(owner, 'Beleg.pdf')
      const folder = await vaults.makeFolder(owner.access, null, 'Ordner')
      if (verb === 'freigeben') await vaults.lock(owner.access, [id])
      const shown = async () => [
        await inFolder(at, owner),
        await inFolder(at, owner, folder),
        await vaults.list(owner.access, null, { limit: 9 }),
      ]
      const before = await shown()
      const fields = {
        'eintraege[]': [id],
        ...(ordner ? { ordner: folder } : {}),
        ...(more as Record<string, string>),
      }
      const done = await send(owner.visitor, `${path}/${verb}`, fields)
      assert.equal(done.status, 200)
      assert.equal(done.text.replace(/[\u2066-\u2069]/g, ''), said)
      assert.notDeepEqual(await shown(), before)
      const undone = await send(owner.visitor, done.undo!.action, done.undo!.fields)
      assert.deepInclude(undone, { status: 200, text: 'Rückgängig gemacht.' })
      assert.deepEqual(await shown(), before)
      const again = await send(owner.visitor, done.undo!.action, done.undo!.fields)
      assert.deepInclude(again, { status: 403, code: 'E_UNDO_OVER' })
    })

  test('uploads are taken back by the last part of their addresses, several at once', async ({
    assert,
  }) => {
    const at = await sharedVault()
    const { owner, path, number, vaults } = at
    const { id } = await put(owner, 'Alt.pdf')
    const headers = await browserHeaders(owner.visitor)
    const ways: string[] = []
    for (const [name, relativePath] of [
      ['Alt.pdf', ''],
      ['Neu.pdf', 'Ordner/Neu.pdf'],
    ]) {
      const to = { vault: number, name, relativePath, conflict: 'replace' }
      const address = await uploaded(Buffer.from('neue Fassung'), headers, to)
      ways.push(address.split('/').at(-1)!)
    }
    assert.deepEqual(await inFolder(at, owner), ['Ordner', 'Alt.pdf'])
    const action = `${path}/rueckgaengig`
    const undone = await send(owner.visitor, action, { 'vorgang[]': ways })
    assert.deepInclude(undone, { status: 200 })
    assert.deepEqual(await inFolder(at, owner), ['Alt.pdf'])
    assert.lengthOf(await vaults.versions.list(owner.access, id), 1)
    const { visitor } = await at.as('editor', 'Emil Editor')
    assert.equal((await send(visitor, action, { 'vorgang[]': ways })).status, 403)
  })

  test('nothing that happened has no way back, and a contributor has none', async ({ assert }) => {
    const { owner, as, path } = await sharedVault()
    const { id } = await put(owner, 'Beleg.pdf')
    const same = { 'eintraege[]': [id], 'name': 'Beleg.pdf' }
    assert.notProperty(await send(owner.visitor, `${path}/umbenennen`, same), 'undo')
    const { visitor } = await as('contributor', 'Edda Einreicher')
    const made = await send(visitor, `${path}/ordner`, { name: 'Meiner' })
    assert.equal(made.status, 200)
    assert.notProperty(made, 'undo')
  })

  test('refuses in words, in both languages', async ({ assert }) => {
    const { owner, as, path, vaults } = await sharedVault()
    const { visitor, access } = await as('editor', 'Emil Editor')
    const folder = await vaults.makeFolder(access, null, 'Ordner')
    const file = await put(owner, 'Beleg.pdf', { folder })
    const round = await vaults.makeFolder(access, null, 'Rund')
    const { id: free } = await put(owner, 'Frei.pdf')
    await vaults.lock(owner.access, [file.id])
    const one = { 'eintraege[]': [free] }
    const cases: [string, Fields, number, RegExp, RegExp][] = [
      ['ordner', { name: 'ordner' }, 409, /Hier gibt es schon .ordner/, /already .*ordner/i],
      ['ordner', { name: ' ' }, 422, /Der Name ist leer/, /name is empty/],
      ['ordner', { name: 'a/b' }, 422, /Schrägstrich/, /slash/],
      ['umbenennen', { ...one, name: '..' }, 422, /keine Namen/, /no names/],
      ['umbenennen', { ...one, name: 'ä'.repeat(200) }, 422, /zu lang/, /too long/],
      [
        'umbenennen',
        { 'eintraege[]': [folder], 'name': 'Anders' },
        423,
        /„.Beleg\.pdf.“ ist seit .* von .Anna Berger. gesperrt/,
        /Beleg\.pdf.*Anna Berger/,
      ],
      ['loeschen', { 'eintraege[]': [folder] }, 423, /Beleg\.pdf.*Anna Berger/, /Anna Berger/],
      ['freigeben', { 'eintraege[]': [file.id] }, 423, /Anna Berger/, /Anna Berger/],
      ['sperren', { 'eintraege[]': [folder] }, 403, /Nur Dateien/, /Only files/],
      ['sperren', { ...one, bis: '2020-01-01' }, 422, /in der Zukunft/, /future/],
      ['verschieben', { ...one, ziel: 99_999_999 }, 404, /gibt es nicht mehr/, /no longer/],
      ['verschieben', { 'eintraege[]': [round], 'ordner': round }, 403, /in sich selbst/, /itself/],
      ['papierkorb', {}, 403, /Ihre Rolle/, /Your role/],
      [`dateien/${free}/versionen/1/loeschen`, {}, 403, /aktuelle Version/, /current version/],
      [`dateien/${free}/versionen/7/loeschen`, {}, 404, /Diese Version gibt es/, /version/],
      [
        'rueckgaengig',
        { 'vorgang[]': ['fremd'] },
        403,
        /nicht mehr rückgängig/,
        /no longer be undone/,
      ],
    ]
    for (const [verb, fields, status, german, english] of cases) {
      for (const [language, text] of [
        ['de', german],
        ['en', english],
      ] as const) {
        const said = await send(visitor, `${path}/${verb}`, fields, language)
        assert.equal(said.status, status, `${verb}: ${said.text}`)
        assert.match(said.text, text, verb)
      }
    }
    for (const [verb, fields] of [
      ['umbenennen', { name: 'x' }],
      ['loeschen', {}],
      ['loeschen', { 'eintraege[]': ['x'] }],
      ['sperren', { 'eintraege[]': [free], 'bis': 'morgen' }],
      ['kopieren', { 'eintraege[]': [free], 'konflikt': 'vielleicht' }],
      ['rueckgaengig', {}],
    ] as [string, Fields][]) {
      const said = await send(visitor, `${path}/${verb}`, fields)
      assert.equal(said.status, 422, verb)
      assert.isNotEmpty(said.errors, verb)
    }
  })

  test('finds nothing in a vault of others', async ({ assert }) => {
    const foreign = await sharedVault()
    const { id } = await put(foreign.owner, 'Geheim.pdf')
    const { owner, path, number } = await sharedVault()
    const entries = { 'eintraege[]': [id] }
    const into = { ...entries, ziel: number }
    for (const [verb, fields] of [
      ['umbenennen', { ...entries, name: 'Meins.pdf' }],
      ['loeschen', entries],
      ['sperren', entries],
      ['freigeben', entries],
      ['kopieren', into],
      ['verschieben', into],
      ['wiederherstellen', entries],
      [`dateien/${id}/versionen/1`, {}],
      [`dateien/${id}/versionen/1/loeschen`, {}],
    ] as [string, Fields][]) {
      const own = await send(owner.visitor, `${path}/${verb}`, fields)
      assert.deepInclude(own, { status: 404, code: 'E_NO_ENTRY' }, verb)
      const theirs = await send(owner.visitor, `${foreign.path}/${verb}`, fields)
      assert.equal(theirs.status, 404, verb)
    }
    const still = (await foreign.vaults.entry(foreign.owner.access, id)) as VaultFile
    assert.deepInclude(still, { name: 'Geheim.pdf', lock: null, trash: null })
  })

  test('an older version is deleted from the page of its file, without script too', async ({
    assert,
  }) => {
    const { owner, as, path, vaults } = await sharedVault()
    const { id } = await put(owner, 'Beleg.pdf')
    await put(owner, 'Beleg.pdf')
    const page = `${path}/dateien/${id}/details`
    const shown = await owner.visitor.page(page)
    const [, action] = /action="([^"]+versionen\/1\/loeschen)"/.exec(shown)!
    assert.notInclude(shown, 'versionen/2/loeschen')
    const reader = await as('reader', 'Rita Leser')
    assert.notInclude(await reader.visitor.page(page), 'versionen/1/loeschen')
    const answer = await owner.visitor.submit(page, {}, action)
    assert.equal(answer.headers.get('location'), page)
    const after = await owner.visitor.page(page)
    assert.match(after, /Version 1 von .+ ist gelöscht/)
    assert.match(after, /ältere Version gelöscht/)
    assert.lengthOf(await vaults.versions.list(owner.access, id), 1)
  })

  test('without script it leads back, and says what happened', async ({ assert }) => {
    const { owner, path, vaults } = await sharedVault()
    const { id } = await put(owner, 'Beleg.pdf')
    const removed = await owner.visitor.submit(
      path,
      { 'eintraege[]': String(id) },
      `${path}/loeschen`
    )
    assert.equal(removed.headers.get('location'), path)
    assert.match(await owner.visitor.page(path), /liegt jetzt im Papierkorb/)
    const trash = `${path}/papierkorb`
    const query = '?zurueck=papierkorb'
    const restored = await owner.visitor.submit(
      trash,
      { 'eintraege[]': String(id) },
      `${path}/wiederherstellen${query}`
    )
    assert.equal(restored.headers.get('location'), trash)
    assert.match(await owner.visitor.page(trash), /ist zurückgeholt/)
    await vaults.remove(owner.access, [id])
    await owner.visitor.submit(trash, {}, `${trash}${query}`)
    assert.match(await owner.visitor.page(trash), /Der Papierkorb ist geleert/)
    const gone = await owner.visitor.submit(path, { 'eintraege[]': String(id) }, `${path}/loeschen`)
    assert.equal(gone.status, 302)
    assert.match(await owner.visitor.page(path), /Das gibt es nicht mehr/)
  })
})
