import { test } from '@japa/runner'
import { createHash } from 'node:crypto'
import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises'
import type { Browser, Page } from 'playwright'
import db from '@adonisjs/lucid/services/db'
import type { Access, Vaults } from '#vault'
import {
  become,
  chooseFiles,
  Desk,
  dropFromDesk,
  Line,
  lineOf,
  moving,
  press,
  shareOf,
} from '#tests/upload_pages'
import { checkedFiles } from '#tests/tus_client'
import {
  dropFiles,
  fileIn,
  rowOf,
  signedInPage,
  signIn,
  withVault,
  type Look,
} from '#tests/vault_pages'

const look: Look = { scheme: 'light', width: 1280, locale: 'de-DE' }
const MB = 1024 * 1024
/** Small files at once. */
const MANY = 100

async function opened(browser: Browser) {
  const { person, vaults, access, path } = await withVault()
  const { page, complaints, close } = await signedInPage(browser, person.email, look)
  await page.goto(path)
  await page.locator('[data-ready]').waitFor()
  page.setDefaultTimeout(Number(process.env.PT ?? 30_000))
  const line = await Line.of(page)
  return { page, complaints, close, person, vaults, access, path, line }
}

const reserved = async (vault: number) =>
  Number((await db.from('vaults').where('id', vault).firstOrFail()).reserved)

/** Whether a file came as it is on the desk. */
async function came(access: Access, path: string, name: string): Promise<boolean> {
  const file = (await checkedFiles(access)).find((one) => one.name === name)
  return (
    file?.sha256 ===
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
  )
}

/** Folders and files below one, each as its path; folders end with a slash. */
async function treeOf(vaults: Vaults, access: Access, folder: number | null = null, path = '') {
  const found: string[] = []
  const { entries } = await vaults.list(access, folder, { limit: 1000 })
  for (const { id, kind, name } of entries) {
    if (kind === 'file') found.push(path + name)
    else found.push(`${path}${name}/`, ...(await treeOf(vaults, access, id, `${path}${name}/`)))
  }
  return found
}

const says = (page: Page, name: string, text: string | RegExp) =>
  lineOf(page, name).getByText(text).waitFor()

test.group('Uploads in a browser', () => {
  test('are paused, resumed and cancelled, one and all; what was cancelled leaves nothing')
    .timeout(120_000)
    .run(async ({ assert, browser, cleanup }) => {
      const desk = await Desk.open(cleanup)
      const { page, complaints, close, access, line } = await opened(browser)
      const names = ['a.bin', 'b.bin', 'c.bin', 'd.bin']
      await line.limit(600_000)
      await chooseFiles(page, await Promise.all(names.map((name) => desk.put(name, 2 * MB))))
      await moving(page, 'a.bin')
      await says(page, 'd.bin', 'wartet')
      await says(page, 'a.bin', /von .2 MB. · .+\/s · noch \d+ Sekunde/)
      await page
        .locator('.queue .total')
        .getByText(/von .8 MB. · .+\/s · noch \d+ Sekunde/)
        .waitFor()

      await press(page, 'Anhalten', 'a.bin')
      await become(page, 'a.bin', 'paused')
      const before = await shareOf(page, 'a.bin')
      await moving(page, 'd.bin')
      assert.equal(await shareOf(page, 'a.bin'), before)
      await press(page, 'Alle anhalten')
      await become(page, 'd.bin', 'paused')
      await page.locator('.queue .total').getByText('angehalten').waitFor()
      await press(page, 'Abbrechen', 'b.bin')
      await lineOf(page, 'b.bin').waitFor({ state: 'detached' })
      await press(page, 'Fortsetzen', 'c.bin')
      await become(page, 'c.bin', 'sending')
      await press(page, 'Alle anhalten')
      await line.limit(-1)
      await press(page, 'Alle fortsetzen')
      for (const name of ['a.bin', 'c.bin', 'd.bin']) await become(page, name, 'done')
      await rowOf(page, 'd.bin').waitFor()
      assert.equal(await rowOf(page, 'b.bin').count(), 0)

      await line.limit(100_000)
      await chooseFiles(page, [await desk.put('e.bin', MB), await desk.put('f.bin', MB)])
      await moving(page, 'f.bin', 0.01)
      await press(page, 'Alle abbrechen')
      await page.locator('.queue').waitFor({ state: 'hidden' })
      for (let tries = 0; tries < 50 && (await reserved(access.vault.id)) > 0; tries++) {
        await page.waitForTimeout(100)
      }
      assert.equal(await reserved(access.vault.id), 0)
      assert.deepEqual(complaints, [])
      await close()
    })

  test('go on by themselves when the network is back; a file that changed meanwhile does not')
    .timeout(120_000)
    .run(async ({ assert, browser, cleanup }) => {
      const desk = await Desk.open(cleanup)
      const { page, close, access, line } = await opened(browser)
      const paths = [await desk.put('bleibt.bin', 2 * MB), await desk.put('anders.bin', 2 * MB)]
      await line.limit(400_000)
      await chooseFiles(page, paths)
      await moving(page, 'bleibt.bin', 0.1)
      await appendFile(paths[1]!, 'x')
      await line.cut()
      await become(page, 'bleibt.bin', 'lost')
      await says(page, 'bleibt.bin', 'Verbindung unterbrochen')
      await says(page, 'anders.bin', 'inzwischen geändert')
      await page.locator('.queue .total').getByText('geht von selbst weiter').waitFor()
      const kept = await shareOf(page, 'bleibt.bin')
      assert.isAbove(kept, 0.05)
      await line.limit(-1)
      await become(page, 'bleibt.bin', 'done')
      assert.isTrue(await came(access, paths[0]!, 'bleibt.bin'))
      await close()
    })

  test('warn before the page is left, and go on where the same file is chosen again')
    .timeout(120_000)
    .run(async ({ assert, browser, cleanup }) => {
      const desk = await Desk.open(cleanup)
      const { page, complaints, close, access, person, path, line } = await opened(browser)
      const file = await desk.put('Kassenbuch.bin', 3 * MB)
      await line.limit(500_000)
      await chooseFiles(page, [file])
      await moving(page, 'Kassenbuch.bin', 0.3)
      const warned = page.waitForEvent('dialog')
      void page.reload().catch(() => {})
      const dialog = await warned
      assert.equal(dialog.type(), 'beforeunload')
      await dialog.accept()
      await page.locator('.queue').waitFor({ state: 'hidden' })
      await page.locator('[data-ready]').waitFor()
      await chooseFiles(page, [file])
      await says(page, 'Kassenbuch.bin', /fortgesetzt bei .\d/)
      assert.isAbove(await shareOf(page, 'Kassenbuch.bin'), 0.1)

      // The session ends: what came so far is there after the next sign-in.
      await press(page, 'Anhalten', 'Kassenbuch.bin')
      await page.context().clearCookies()
      await press(page, 'Fortsetzen', 'Kassenbuch.bin')
      await says(page, 'Kassenbuch.bin', /nicht mehr angemeldet/)
      await signIn(page, person.email)
      await page.goto(path)
      await page.locator('[data-ready]').waitFor()
      await chooseFiles(page, [file])
      await says(page, 'Kassenbuch.bin', /fortgesetzt bei .\d/)
      await line.limit(-1)
      await become(page, 'Kassenbuch.bin', 'done')
      assert.isTrue(await came(access, file, 'Kassenbuch.bin'))
      assert.equal(await page.evaluate('localStorage.length'), 0)
      assert.deepEqual(complaints, [])
      await close()
    })

  test('ask about names that are taken: replace, keep both, skip, one by one or for all')
    .timeout(120_000)
    .run(async ({ assert, browser, cleanup }) => {
      const desk = await Desk.open(cleanup)
      const { page, complaints, close, vaults, access } = await opened(browser)
      for (const name of ['a.txt', 'b.txt', 'c.txt']) await fileIn(access, name, 'alt')
      await vaults.makeFolder(access, null, 'Ordner')
      const names = ['a.txt', 'b.txt', 'c.txt', 'd.txt', 'Ordner']
      const paths = await Promise.all(names.map((name) => desk.put(name, `neu ${name}`)))
      const dialog = page.locator('#dialog-conflict')
      const answer = (value: string) => dialog.locator(`button[value=${value}]`).click()
      await chooseFiles(page, paths.slice(0, 4))
      await dialog.getByText('a.txt').waitFor()
      await answer('replace')
      await dialog.getByText('b.txt').waitFor()
      await dialog.getByText('Auch für').click()
      await answer('keep')
      for (const name of names.slice(0, 4)) await become(page, name, 'done')
      const files = await checkedFiles(access)
      assert.sameMembers(
        files.map(({ name, versionNumber }) => `${name} ${versionNumber}`),
        ['a.txt 2', 'b.txt 1', 'b (2).txt 1', 'c.txt 1', 'c (2).txt 1', 'd.txt 1']
      )

      await chooseFiles(page, [paths[3]!])
      await dialog.getByText('d.txt').waitFor()
      await answer('skip')
      await become(page, 'd.txt', 'skipped')
      await page.locator('.queue').getByText('Nichts hochgeladen').waitFor()
      assert.equal(await page.getByRole('button', { name: 'Alle erneut versuchen' }).count(), 0)

      // Nothing takes the place of a folder: that is said, and not asked for ever.
      await chooseFiles(page, [paths[4]!])
      await dialog.getByText('Ordner').waitFor()
      await answer('replace')
      await says(page, 'Ordner', 'Hier liegt schon etwas mit diesem Namen')
      assert.deepEqual(complaints, [])
      await close()
    })

  test('say at once why a file is not taken, and take it when that has changed')
    .timeout(120_000)
    .run(async ({ assert, browser, cleanup }) => {
      const desk = await Desk.open(cleanup)
      const { page, complaints, close, access } = await opened(browser)
      const setQuota = (quota: number) =>
        db.from('vaults').where('id', access.vault.id).update({ quota })
      await setQuota(MB)
      const huge = await desk.put('riesig.bin', '')
      await truncate(huge, 5 * 1024 ** 3 + 1)
      const paths = [await desk.put('gross.bin', 2 * MB), await desk.put('klein.bin', 1000)]
      await chooseFiles(page, [...paths, huge])
      await says(page, 'gross.bin', /Platz im Webtresor reicht nicht: Es fehlen/)
      await says(page, 'riesig.bin', /höchstens 5 GB/)
      await become(page, 'klein.bin', 'done')
      await page.locator('.queue h2').getByText('2 Dateien nicht hochgeladen').waitFor()
      await setQuota(5 * MB)
      await press(page, 'Erneut versuchen', 'gross.bin')
      await become(page, 'gross.bin', 'done')

      // The disk is full in the middle of two files.
      const full = { code: 'E_DISK_FULL', message: 'Der Server hat keinen Platz mehr.' }
      await page.route('**/hochladen/*', (route) =>
        route.request().method() === 'PATCH'
          ? route.fulfill({ status: 507, json: full })
          : route.fallback()
      )
      const more = [await desk.put('eins.bin', 1000), await desk.put('zwei.bin', 1000)]
      await chooseFiles(page, more)
      for (const name of ['eins.bin', 'zwei.bin']) await says(page, name, full.message)
      await page.unrouteAll()
      // Choosing it once more is another try, too.
      await chooseFiles(page, [more[0]!])
      await become(page, 'eins.bin', 'done')
      await press(page, 'Alle erneut versuchen')
      await become(page, 'zwei.bin', 'done')
      assert.equal((await checkedFiles(access)).length, 4)
      assert.deepEqual(complaints, [])
      await close()
    })

  test('take names as other systems write them, and files without a byte')
    .timeout(120_000)
    .run(async ({ assert, browser }) => {
      const { page, complaints, close, vaults, access } = await opened(browser)
      const names = [
        'U\u0308bersicht.txt',
        'CON',
        'Punkte...',
        `${'ß'.repeat(125)}.txtx`,
        'Zeile 😀.txt',
      ]
      const long = `${'ß'.repeat(126)}.txt`
      const files = [...names, long].map((name) => ({ name, content: name }))
      await dropFiles(page, '.drop', [...files, { name: 'leer.txt', content: '' }])
      for (const name of [...names, 'leer.txt']) await become(page, name, 'done')
      await says(page, long, 'Der Name ist zu lang')
      const kept = [...names.map((name) => name.normalize('NFC')), 'leer.txt']
      assert.sameMembers(await treeOf(vaults, access), kept)
      await rowOf(page, 'Übersicht.txt').waitFor()
      assert.deepEqual(complaints, [])
      await close()
    })

  test('bring whole folders, dropped or picked, with those in them that are empty')
    .timeout(120_000)
    .run(async ({ assert, browser, cleanup }) => {
      const desk = await Desk.open(cleanup)
      const { page, complaints, close, vaults, access } = await opened(browser)
      for (const folder of ['Jahr/leer', 'Jahr/Belege/auch leer', 'Jahr/viele']) {
        await mkdir(desk.path(folder), { recursive: true })
      }
      await desk.put('Jahr/Plan.txt', 'Plan')
      await desk.put('Jahr/Belege/1.txt', '1')
      await desk.put('Jahr/.DS_Store', 'x')
      const many = Array.from({ length: MANY }, (_, at) => `Jahr/viele/${at}.txt`)
      for (const name of many) await desk.put(name, name)
      await dropFromDesk(page, '.drop', [desk.path('Jahr')])
      await page.getByText('2 leere Ordner sind angelegt.').waitFor()
      await page
        .locator('.queue h2')
        .getByText(`${MANY + 2} Dateien hochgeladen`)
        .waitFor({ timeout: 90_000 })
      const expected = [
        ...['Jahr/', 'Jahr/leer/', 'Jahr/Plan.txt', 'Jahr/viele/', 'Jahr/Belege/'],
        ...['Jahr/Belege/auch leer/', 'Jahr/Belege/1.txt', ...many],
      ]
      assert.sameMembers(await treeOf(vaults, access), expected)
      const said = (text: string) => page.locator('.toast', { hasText: text })
      await said(`${MANY + 2} Dateien hochgeladen`).waitFor()

      // The browser's own question cannot be answered here: a folder of the page's own store stands for the one picked.
      await page.evaluate(`(async () => {
        const root = await navigator.storage.getDirectory()
        const folder = await root.getDirectoryHandle('Gewählt', { create: true })
        await folder.getDirectoryHandle('leer', { create: true })
        const file = await folder.getFileHandle('a.txt', { create: true })
        const out = await file.createWritable()
        await out.write('a')
        await out.close()
        globalThis.showDirectoryPicker = async () => folder
      })()`)
      await page.locator('.drop [data-command=upload_folder]').click()
      await become(page, 'Gewählt/a.txt', 'done')
      await page.getByText('Ein leerer Ordner ist angelegt.').waitFor()
      assert.sameMembers(await treeOf(vaults, access), [
        ...expected,
        ...['Gewählt/', 'Gewählt/leer/', 'Gewählt/a.txt'],
      ])
      // Undo takes back the last bunch, and nothing else.
      await said('1 Datei hochgeladen').hover()
      await said('1 Datei hochgeladen').getByRole('button', { name: 'Rückgängig' }).click()
      await said('Rückgängig gemacht').waitFor()
      assert.sameMembers(await treeOf(vaults, access), [...expected, 'Gewählt/', 'Gewählt/leer/'])
      assert.deepEqual(complaints, [])
      await close()
    })
})
