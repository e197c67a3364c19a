import { test } from '@japa/runner'
import db from '@adonisjs/lucid/services/db'
import app from '@adonisjs/core/services/app'
import { Ledger } from '#ledger'
import { Vaults } from '#vault'
import { put, sharedVault } from '#tests/shared_vault'
import { harmlessCell } from '../../../app/http/activity_csv.ts'
import { groupOf } from '../../../app/http/vault_activity.ts'
import i18nManager from '@adonisjs/i18n/services/main'

test.group('Activity of a vault', () => {
  test('page by page, by person, kind, day and name; contributors see their own', async ({
    assert,
  }) => {
    const { owner, as, path } = await sharedVault()
    const editor = await as('editor', 'Emil Editor')
    const contributor = await as('contributor', 'Edda Einreicher')
    for (let count = 0; count < 51; count++) await put(editor, `Beleg ${count}.pdf`)
    await put(contributor, 'Meine Löhne.pdf')
    const page = `${path}/aktivitaet`
    const first = await owner.visitor.page(page)
    assert.include(first, 'Meine Löhne.pdf')
    assert.include(first, 'Beleg 50.pdf')
    assert.notInclude(first, 'Beleg 0.pdf')
    const [, older] = /href="([^"]+vor=\d+)"/.exec(first)!
    assert.include(await owner.visitor.page(older!.replaceAll('&amp;', '&')), 'Beleg 0.pdf')

    const editorsOnly = await owner.visitor.page(`${page}?person=${editor.access.viewer.id}`)
    assert.notInclude(editorsOnly, 'Meine Löhne.pdf')
    assert.include(await owner.visitor.page(`${page}?name=L%C3%B6hne&art=added`), 'Meine Löhne.pdf')
    assert.include(await owner.visitor.page(`${page}?bis=2020-01-01`), 'Nichts gefunden')
    assert.include(await owner.visitor.page(`${page}?art=unsinn`), 'Den Filter gibt es so nicht')

    // The head above says who has access.
    const [, own] = (await contributor.visitor.page(page)).split('<table')
    assert.include(own, 'Meine Löhne.pdf')
    assert.notMatch(own, /Beleg|Emil/)
    const all = await contributor.visitor.page(`${page}?person=${editor.access.viewer.id}`)
    assert.notMatch(all, /Beleg \d/)
  })

  test('as CSV: all of it, for Excel, without formulas; and each export is noted', async ({
    assert,
  }) => {
    const { owner, as, path } = await sharedVault()
    const editor = await as('editor', '=HYPERLINK("http://evil.example";"Klick")')
    await put(editor, '@SUM(1+1)*cmd.pdf')
    await put(editor, 'Mit "Zeichen"; und Ümlaut.pdf')
    const [{ last }] = await db.from('ledger_entries').max('index as last')
    const response = await owner.visitor.get(`${path}/aktivitaet.csv`)
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'text/csv; charset=utf-8')
    assert.match(response.headers.get('content-disposition')!, /^attachment; filename=".+\.csv"/)
    const bytes = Buffer.from(await response.arrayBuffer())
    assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf])
    const lines = bytes.subarray(3).toString().trimEnd().split('\r\n')
    assert.equal(lines[0], 'Zeitpunkt;Person;Art;Namen;Vorgang;Einzelheiten;Nummer')
    assert.match(lines[1]!, /;Anna Berger;Ausgeleitet;/)
    assert.include(lines[2]!, '"Mit ""Zeichen""; und Ümlaut.pdf"')
    assert.include(lines[3]!, `;"'=HYPERLINK(""http://evil.example"";""Klick"")";`)
    assert.include(lines[3]!, `;'@SUM(1+1)*cmd.pdf;`)
    assert.lengthOf(lines, 5)

    const english = await owner.visitor.get(`${path}/aktivitaet.csv?sprache=en&art=added`)
    const rows = (await english.text()).trimEnd().split('\r\n')
    assert.equal(rows[0], 'Time,Person,Kind,Names,What happened,Details,Number')
    assert.lengthOf(rows, 3)
    const noted = await db
      .from('activities')
      .where({ vault_id: owner.access.vault.id, what: 'exported' })
      .orderBy('id')
    assert.lengthOf(noted, 2)
    assert.deepInclude(JSON.parse(noted[1].details), { art: 'added' })
    const ledger = await app.container.make(Ledger)
    const entries = await ledger.entries({ after: Number(last), limit: 500 })
    assert.lengthOf(
      entries.filter(({ detail }) => detail?.what === 'exported'),
      2
    )
  })

  test('is streamed: a long one comes whole, in pages', async ({ assert }) => {
    const { owner, path } = await sharedVault()
    const rows = Array.from({ length: 2300 }, (_, count) => ({
      ...{ vault_id: owner.access.vault.id, at: count, actor_name: 'Anna Berger', what: 'added' },
      ...{ names: JSON.stringify([`Datei ${count}`]), details: '{}' },
    }))
    for (let at = 0; at < rows.length; at += 100) {
      await db.table('activities').multiInsert(rows.slice(at, at + 100))
    }
    const response = await owner.visitor.get(`${path}/aktivitaet.csv?art=added`)
    const lines = (await response.text()).trimEnd().split('\r\n')
    assert.lengthOf(lines, 2301)
    assert.include(lines.at(-1)!, 'Datei 0')
  })

  test('no cell is a formula: {cell}')
    .with(['=1+1', '+1', '-1', '@x', '\t=1', ' =1', '＝1', '\r=1'].map((cell) => ({ cell })))
    .run(({ assert }, { cell }) => {
      assert.equal(harmlessCell(cell), `'${cell}`)
      assert.equal(harmlessCell(`a${cell}`), `a${cell}`)
    })

  test('every kind has its words', async ({ assert }) => {
    await app.container.make(Vaults)
    for (const locale of ['de', 'en']) {
      const i18n = i18nManager.locale(locale)
      for (const what of Object.keys(groupOf)) {
        for (const word of ['what', 'kind']) {
          assert.isTrue(i18n.hasMessage(`notify.${word}_${what}`), `${locale} ${word}_${what}`)
        }
      }
    }
  })
})
