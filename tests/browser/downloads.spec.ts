import { test } from '@japa/runner'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { BrowserContext, Page } from 'playwright'
import { served } from '#tests/served_links'
import { Desk } from '#tests/upload_pages'
import {
  downloaded,
  fileIn,
  rowOf,
  sha256,
  signedInPage,
  withVault,
  type Look,
} from '#tests/vault_pages'

const run = promisify(execFile)
const look: Look = { scheme: 'light', width: 1280, locale: 'de-DE' }

const cookiesOf = async (context: BrowserContext) =>
  (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')

/** What a row carries when it is dragged, as the desktop would be handed it. */
const carriedBy = (page: Page, entry: number) =>
  page.evaluate(`(() => {
    const dataTransfer = new DataTransfer()
    const row = document.querySelector('tr[data-entry="${entry}"]')
    row.dispatchEvent(new DragEvent('dragstart', { dataTransfer, bubbles: true }))
    row.dispatchEvent(new DragEvent('dragend', { dataTransfer, bubbles: true, clientX: -5, clientY: 5 }))
    return dataTransfer.getData('DownloadURL')
  })()`) as Promise<string>

test.group('Downloads', () => {
  test('go on with curl where they broke off, and come as a ZIP that unzip opens')
    .timeout(120_000)
    .run(async ({ assert, browser, cleanup }) => {
      const desk = await Desk.open(cleanup)
      const { person, vaults, access, path } = await withVault()
      const content = randomBytes(3_000_000)
      const big = await fileIn(access, 'Übersicht.bin', content)
      const folder = await vaults.makeFolder(access, null, 'Belege')
      await vaults.makeFolder(access, folder, 'leer')
      await fileIn(access, 'Lohn März.txt', 'Lohn', 'clean', folder)
      const { page, complaints, close } = await signedInPage(browser, person.email, look)
      const cookie = await cookiesOf(page.context())
      const out = desk.path('out.bin')
      const address = `${served().url}${path}/dateien/${big}`
      const curl = (...more: string[]) =>
        run('curl', ['-sSf', '-b', cookie, '-o', out, ...more, address])
      await curl('-r', '0-999999')
      assert.equal((await stat(out)).size, 1_000_000)
      await curl('-C', '-')
      assert.equal(sha256(await readFile(out)), sha256(content))
      // Without a session nothing is written to what is there.
      await run('curl', ['-sSf', '-C', '1000', '-o', out, address]).then(
        () => assert.fail('It was taken'),
        ({ stderr }: { stderr: string }) => assert.include(stderr, '401')
      )

      await page.goto(path)
      await page.locator('[data-ready]').waitFor()
      await page.locator('input[data-all]').check()
      const saved = await downloaded(page, () =>
        page.locator('.tools [data-command=download]').click()
      )
      assert.equal(saved.name, 'Muster GmbH.zip')
      const zip = await desk.put('a.zip', saved.content)
      await run('unzip', ['-q', zip, '-d', desk.path('ausgepackt')], {
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      })
      assert.equal(sha256(await readFile(desk.path('ausgepackt/Übersicht.bin'))), sha256(content))
      assert.equal(`${await readFile(desk.path('ausgepackt/Belege/Lohn März.txt'))}`, 'Lohn')
      assert.isTrue((await stat(desk.path('ausgepackt/Belege/leer'))).isDirectory())
      assert.deepEqual(complaints, [])
      await close()
    })

  test('are dragged to the desktop; where a browser cannot, it says what to do instead')
    .timeout(120_000)
    .run(async ({ assert, browser }) => {
      const { person, vaults, access, path } = await withVault()
      const file = await fileIn(access, 'Plan: A.txt', 'Plan')
      const bad = await fileIn(access, 'böse.exe', 'x', 'infected')
      const folder = await vaults.makeFolder(access, null, 'Belege')
      const { page, close } = await signedInPage(browser, person.email, look)
      await page.goto(path)
      await page.locator('[data-ready]').waitFor()
      const [type, name, ...address] = (await carriedBy(page, file)).split(':')
      assert.deepEqual([type, name], ['application/octet-stream', 'Plan_ A.txt'])
      const got = await page.request.get(address.join(':'))
      assert.equal(await got.text(), 'Plan')
      assert.equal(await carriedBy(page, bad), '')
      const [zip, zipName, ...zipAddress] = (await carriedBy(page, folder)).split(':')
      assert.deepEqual([zip, zipName], ['application/zip', `Webtresor ${access.vault.number}.zip`])
      const archive = await (await page.request.get(zipAddress.join(':'))).body()
      assert.equal(archive.subarray(0, 2).toString(), 'PK')
      assert.equal(await page.locator('.toast').count(), 0)

      // As another browser sees it.
      await page.addInitScript('delete globalThis.chrome')
      const session = await page.context().newCDPSession(page)
      await session.send('Emulation.setUserAgentOverride', {
        userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      })
      await page.reload()
      await page.locator('[data-ready]').waitFor()
      await carriedBy(page, file)
      await page.locator('.toast').getByText('Nehmen Sie „Dateien herunterladen“').waitFor()
      await close()
    })

  test('end with the session: nothing is saved under the name of a file')
    .timeout(120_000)
    .run(async ({ assert, browser }) => {
      const { person, access, path } = await withVault()
      const file = await fileIn(access, 'Plan.txt', 'Plan')
      const { page, close } = await signedInPage(browser, person.email, look)
      await page.goto(path)
      await page.locator('[data-ready]').waitFor()
      await rowOf(page, 'Plan.txt').getByRole('checkbox').check()
      await page.context().clearCookies()
      const saved: string[] = []
      page.on('download', (download) => void saved.push(download.suggestedFilename()))
      await page.locator('.tools [data-command=download]').click()
      await page.getByText('Ihre Anmeldung ist abgelaufen').waitFor()
      assert.deepEqual(saved, [])
      // An address that is opened as a page leads to the sign-in page.
      await page.goto(`${path}/dateien/${file}`)
      assert.match(page.url(), /\/anmelden/)
      await close()
    })
})
