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

    // Hidden for so long that it gives its stream back, the page catches up when it is looked at again.
    const become = (state: string) =>
      page.evaluate(`(() => {
        Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true })
        document.dispatchEvent(new Event('visibilitychange'))
      })()`)
    await page.clock.install()
    await become('hidden')
    await page.clock.fastForward(121_000)
    await vaults.remove(access, [entries[5]!.id])
    await fileIn(access, 'Inzwischen.txt', 'x', 'clean', folder)
    await page.waitForTimeout(1000)
    assert.equal(await rowOf(page, 'Inzwischen.txt').count(), 0)
    await become('visible')
    await rowOf(page, 'Inzwischen.txt').waitFor()
    assert.equal(await rowOf(page, entries[5]!.name).count(), 0)
    assert.deepEqual(complaints, [])
    await close()
  })
