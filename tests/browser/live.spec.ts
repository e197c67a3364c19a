import { test } from '@japa/runner'
import { fileIn, rowOf, signedInPage, withVault, type Look } from '#tests/vault_pages'

const look: Look = { scheme: 'light', width: 1280, locale: 'de-DE' }

test('a page whose stream was refused asks again, and shows what came meanwhile').run(
  async ({ assert, browser }) => {
    const { person, access, path } = await withVault()
    const { page, close } = await signedInPage(browser, person.email, look)
    let refused = 0
    await page.route('**/ereignisse', (route) => {
      refused++
      return route.fulfill({ status: 502 })
    })
    await page.clock.install()
    await page.goto(path)
    await page.locator('[data-ready]').waitFor()
    while (refused === 0) await page.waitForTimeout(20)
    await fileIn(access, 'Inzwischen.txt', 'x', 'clean')
    await page.clock.runFor(5000)
    assert.equal(await rowOf(page, 'Inzwischen').count(), 0)
    await page.unroute('**/ereignisse')
    await page.clock.runFor(15_000)
    await rowOf(page, 'Inzwischen').waitFor()
    assert.equal(refused, 1)
    await close()
  }
)
