import { test } from '@japa/runner'
import db from '@adonisjs/lucid/services/db'
import type { Page } from 'playwright'
import { crowd } from '../integration/vault/crowd.ts'
import { fileIn, rowOf, signedInPage, withVault, type Look } from '#tests/vault_pages'

const look: Look = { scheme: 'light', width: 1280, locale: 'de-DE' }

const namesOn = (page: Page) =>
  page.evaluate(
    `[...document.querySelectorAll('tr[data-entry]')].map((row) => row.dataset.name)`
  ) as Promise<string[]>

test('a long list: to its end by one key, and what others put in stands where it belongs')
  .timeout(120_000)
  .run(async ({ assert, browser }) => {
    const { person, vaults, access, path } = await withVault()
    const folder = await vaults.makeFolder(access, null, 'Belege')
    await crowd(db as never, access.vault.id, folder, 900, [access.viewer])
    const { page, complaints, close } = await signedInPage(browser, person.email, look)
    await page.goto(`${path}/ordner/${folder}`)
    await page.locator('[data-ready]').waitFor()
    await page.keyboard.press('End')
    await page.locator('tr[data-name^="Beleg 899."]:focus').waitFor()
    assert.lengthOf(await namesOn(page), 900)
    await page.keyboard.press('Shift+Home')
    await page.getByText('900 Elemente ausgewählt').waitFor()
    assert.isAbove(await page.locator('tbody').count(), 3)

    const [first] = await namesOn(page)
    await fileIn(access, 'Beleg 450a.txt', 'x', 'clean', folder)
    await fileIn(access, 'Zuletzt.txt', 'x', 'clean', folder)
    await vaults.makeFolder(access, folder, 'Ordner')
    for (const name of ['Beleg 450a', 'Zuletzt', 'Ordner']) await rowOf(page, name).waitFor()
    const names = await namesOn(page)
    assert.deepEqual([names[0], names[1], names.at(-1)], ['Ordner', first, 'Zuletzt.txt'])
    const at = names.indexOf('Beleg 450a.txt')
    assert.match(names[at - 1]!, /^Beleg 450\./)
    assert.match(names[at + 1]!, /^Beleg 451\./)

    const { entries } = await vaults.list(access, folder, { limit: 1000 })
    await vaults.rename(
      access,
      entries.find(({ name }) => name === 'Zuletzt.txt')!.id,
      'Anfang.txt'
    )
    await rowOf(page, 'Anfang.txt').waitFor()
    assert.equal((await namesOn(page))[1], 'Anfang.txt')
    assert.deepEqual(complaints, [])
    await close()
  })
