import { test } from '@japa/runner'
import { axe, overflow } from '#tests/axe'
import {
  dropFiles,
  fileIn,
  pdfWith,
  PNG,
  rowOf,
  shot,
  signedInPage,
  withVault,
  type Look,
} from '#tests/vault_pages'
import { thorough } from '#tests/thorough'
import { focusOf } from './journey/focus.ts'

const looks: Look[] = [
  { scheme: 'light', width: 1280, locale: 'de-DE' },
  { scheme: 'dark', width: 390, locale: 'en-US' },
]

const HOSTILE = [
  `\u202Egnp.exe ${'lang'.repeat(40)}.pdf`,
  `${'ß'.repeat(125)}.txt`,
  '🧾 Beleg ✅ <img src=x onerror=alert(1)>.html',
  'مستندات السنة المالية.docx',
]

test.group('Vault pages', () => {
  test('are accessible in every state and fit their window: {scheme}, {width} px, {locale}')
    .with(thorough(looks))
    .run(async ({ assert, browser }, look) => {
      const { person, vaults, access, path } = await withVault()
      const empty = await signedInPage(browser, person.email, look)
      const { page, complaints } = empty
      const states = async (name: string) => {
        await page.waitForTimeout(250)
        assert.deepEqual(await axe(page), [], name)
        assert.isAtMost(await overflow(page), 0, name)
        await shot(page, name, look)
      }
      const folder = await vaults.makeFolder(access, null, '2025')
      await vaults.makeFolder(access, folder, 'Belege')
      const pdf = await fileIn(access, 'Kassenbuch 2026-10.pdf', await pdfWith('Kassenbuch'))
      await fileIn(access, 'Kassenbuch 2026-10.pdf', await pdfWith('Kassenbuch, berichtigt'))
      const verdicts = ['pending', 'infected', 'unchecked', 'released', 'unscanned'] as const
      for (const verdict of verdicts) await fileIn(access, `${verdict}.xlsx`, 'x', verdict)
      for (const name of HOSTILE) await fileIn(access, name, 'x'.repeat(5000))
      await fileIn(access, 'Beleg.png', PNG)
      await vaults.lock(access, [pdf])
      const gone = await fileIn(access, 'alt.txt', 'alt')
      await vaults.remove(access, [gone])
      await page.goto(path)
      await page.locator('[data-ready]').waitFor()
      await states('files')
      await page.goto('/webtresore')
      await states('list-full')
      await page.goto(`${path}?suche=kassen`)
      await states('search')
      await page.goto(`${path}/papierkorb`)
      await states('trash')
      await page.goto(`${path}/einstellungen`)
      await states('settings')
      await page.goto(`${path}/dateien/${pdf}/details`)
      await states('details')
      await page.goto(`${path}/dateien/${pdf}/vorschau`)
      await page.frameLocator('iframe').locator('canvas').first().waitFor()
      await states('preview')
      await page.goto(path)
      await page.locator('[data-ready]').waitFor()
      await rowOf(page, 'Kassenbuch').getByRole('button').click()
      await states('menu')
      await page.keyboard.press('Escape')
      await page.keyboard.press('?')
      await page.locator('#dialog-help[open]').waitFor()
      await states('help')
      await page.keyboard.press('Escape')
      await rowOf(page, 'infected.xlsx').getByRole('link').click()
      await page.locator('.drawer .steps').waitFor()
      await states('drawer')
      await page.keyboard.press('Escape')
      await rowOf(page, 'Beleg.png').getByRole('link').click()
      await page.frameLocator('iframe').locator('img').waitFor()
      await states('look')
      await page.keyboard.press('Escape')
      await dropFiles(page, '.list-area', [{ name: 'Beleg.png', content: 'neu' }])
      await page.locator('#dialog-conflict[open]').waitFor()
      await states('conflict')
      await page.locator('#dialog-conflict button[value=keep]').click()
      await page.locator('.queue li.done').waitFor()
      await rowOf(page, 'Beleg (2).png').waitFor()
      assert.deepEqual(complaints, [])
      await empty.close()
    })
})

test.group('A vault is used', () => {
  test('by the keyboard: copy, paste, and walk on through what is loaded later').run(
    async ({ assert, browser }) => {
      const { person, vaults, access, path } = await withVault()
      await fileIn(access, 'a.txt', 'a')
      await fileIn(access, 'b.txt', 'b')
      const { page, complaints, close } = await signedInPage(browser, person.email, looks[0]!)
      await page.goto(path)
      await page.locator('[data-ready]').waitFor()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Control+a')
      await page.keyboard.press('Control+c')
      await page.keyboard.press('Control+v')
      await rowOf(page, 'b (2).txt').waitFor()
      assert.equal((await focusOf(page)).row, 'a.txt')

      for (let number = 100; number < 320; number++) {
        await vaults.makeFolder(access, null, `Ordner ${number}`)
      }
      await page.reload()
      await page.locator('[data-ready]').waitFor()
      await page.keyboard.press('End')
      await page.locator('tr[data-name="b.txt"]:focus').waitFor()
      assert.deepInclude(await focusOf(page), { row: 'b.txt', wrong: '' })
      assert.deepEqual(complaints, [])
      await close()
    }
  )
})
