import { test } from '@japa/runner'
import { axe, overflow } from '#tests/axe'
import {
  downloaded,
  dropFiles,
  fileIn,
  pdfWith,
  PNG,
  rowOf,
  sha256,
  shot,
  signedInPage,
  withVault,
  type Look,
} from '#tests/vault_pages'
import { checkedFiles } from '#tests/tus_client'
import { staff } from '#tests/seeded_mail'
import { transaction } from '#transaction'
import db from '@adonisjs/lucid/services/db'

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
    .with(looks)
    .timeout(90_000)
    .run(async ({ assert, browser }, look) => {
      const { person, vaults, access, path } = await withVault()
      const empty = await signedInPage(browser, person.email, look)
      const { page, complaints } = empty
      const german = look.locale.startsWith('de')
      const states = async (name: string) => {
        await page.waitForTimeout(250)
        assert.deepEqual(await axe(page), [], name)
        assert.isAtMost(await overflow(page), 0, name)
        await shot(page, name, look)
      }
      await page.goto('/webtresore')
      await states('list')
      await page.getByRole('button', { name: german ? 'Neuer Webtresor' : 'New vault' }).click()
      await states('new-vault')
      await page.goto(path)
      await states('empty')

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
      await rowOf(page, 'Kassenbuch').getByRole('checkbox').check()
      await states('chosen')
      await rowOf(page, 'Kassenbuch').getByRole('button').click()
      await states('menu')
      await page.keyboard.press('Escape')
      for (const dialog of ['dialog-folder', 'dialog-rename', 'dialog-remove', 'dialog-lock']) {
        const command = { folder: 'new_folder' }[dialog.slice(7)] ?? dialog.slice(7)
        await rowOf(page, 'Beleg.png').getByRole('button').click()
        await page.locator(`#menu [data-command=${command}]`).click()
        await page.locator(`#${dialog}[open]`).waitFor()
        await states(dialog)
        await page.keyboard.press('Escape')
      }
      await rowOf(page, 'Beleg.png').getByRole('button').click()
      await page.locator('#menu [data-command=copy_move]').click()
      await page.locator('.tree [role=treeitem]').nth(1).waitFor()
      await states('target')
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
      await states('queue')
      assert.deepEqual(complaints, [])
      await empty.close()
    })
})

test.group('A vault is used', () => {
  test('drop, check, lock, move and download: what comes out is what went in')
    .timeout(90_000)
    .run(async ({ assert, browser }) => {
      const { person, vaults, access, path } = await withVault()
      const { person: client } = await staff({ fullName: 'Daniela Muster' })
      const grant = { role: 'editor' as const, until: null }
      const member = { id: client.id, name: client.fullName }
      await transaction(db, (trx) => vaults.admissions.add(trx, access, member, grant))
      const files = ['Kassenbuch.txt', 'Kontoauszug.txt', 'Lohnliste.txt'].map((name) => ({
        name,
        content: `${name}: ${'Zeile\n'.repeat(2000)}`,
      }))
      const hers = await signedInPage(browser, client.email, looks[0]!)
      await hers.page.goto(path)
      await hers.page.locator('[data-ready]').waitFor()
      await dropFiles(hers.page, '.drop', files)
      for (const { name } of files) await rowOf(hers.page, name).waitFor()
      await hers.page.locator('.queue li.done').nth(2).waitFor()
      await checkedFiles(access)
      // The verdict comes by itself.
      await rowOf(hers.page, 'Kassenbuch').getByText('nicht geprüft').waitFor()

      const his = await signedInPage(browser, person.email, looks[0]!)
      const { page } = his
      await page.goto(path)
      await page.locator('[data-ready]').waitFor()
      await page.locator('.tools [data-command=new_folder]').click()
      await page.fill('#field-folder', '2026')
      await page.keyboard.press('Enter')
      await rowOf(page, '2026').waitFor()
      await rowOf(page, 'Kassenbuch').getByRole('checkbox').check()
      await page.locator('.tools [data-command=lock]').click()
      await page.locator('#dialog-lock .primary').click()
      await rowOf(page, 'Kassenbuch').getByText('von Ihnen gesperrt').waitFor()

      await rowOf(hers.page, 'Kassenbuch').getByText('gesperrt von Anna Berger').waitFor()
      await rowOf(hers.page, 'Kassenbuch').getByRole('checkbox').check()
      const rename = hers.page.locator('.tools [data-command=rename]')
      assert.isTrue(await rename.isDisabled())

      await page.locator('.tools [data-command=copy_move]').click()
      await page.locator('.tree').getByText('2026').click()
      await page.locator('#dialog-target .primary').click()
      await page.getByText('verschoben').waitFor()
      await rowOf(page, '2026').getByRole('link').click()
      await rowOf(page, 'Kassenbuch').waitFor()
      await rowOf(page, 'Kassenbuch').getByRole('checkbox').check()
      const saved = await downloaded(page, () =>
        page.locator('.tools [data-command=download]').click()
      )
      assert.equal(saved.name, 'Kassenbuch.txt')
      assert.equal(sha256(saved.content), sha256(files[0]!.content))
      assert.deepEqual([...his.complaints, ...hers.complaints], [])
      await Promise.all([his.close(), hers.close()])
    })

  test('by the keyboard alone: choose, rename, copy, paste, delete, take back')
    .timeout(60_000)
    .run(async ({ assert, browser }) => {
      const { person, access, path } = await withVault()
      await fileIn(access, 'a.txt', 'a')
      await fileIn(access, 'b.txt', 'b')
      const { page, complaints, close } = await signedInPage(browser, person.email, looks[0]!)
      await page.goto(path)
      await page.locator('[data-ready]').waitFor()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('Space')
      await page.keyboard.press('F2')
      await page.locator('#field-rename').waitFor()
      await page.keyboard.type('umbenannt')
      await page.keyboard.press('Enter')
      await rowOf(page, 'umbenannt.txt').waitFor()
      await page.keyboard.press('Control+a')
      await page.keyboard.press('Control+c')
      await page.keyboard.press('Control+v')
      await rowOf(page, 'b (2).txt').waitFor()
      await rowOf(page, 'b (2).txt').focus()
      await page.keyboard.press('Escape')
      await page.keyboard.press('Delete')
      await page.locator('#dialog-remove[open]').waitFor()
      await page.locator('#dialog-remove .primary').focus()
      await page.keyboard.press('Enter')
      await rowOf(page, 'b (2).txt').waitFor({ state: 'detached' })
      await page.locator('.toast').last().getByRole('button', { name: 'Rückgängig' }).focus()
      await page.keyboard.press('Enter')
      await rowOf(page, 'b (2).txt').waitFor()
      assert.equal(await page.locator('tr[data-entry]').count(), 4)
      assert.deepEqual(complaints, [])
      await close()
    })
})
