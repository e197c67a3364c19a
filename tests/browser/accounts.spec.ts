import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import type { Page } from 'playwright'
import { Accounts } from '#accounts'
import { axe, overflow } from '#tests/axe'
import { served } from '#tests/served_links'
import { thorough } from '#tests/thorough'
import { freshPerson, PASSWORD } from '#tests/visitor'

const looks = [
  { scheme: 'light', width: 1280, locale: 'de-DE' },
  { scheme: 'dark', width: 390, locale: 'de-DE' },
  { scheme: 'light', width: 320, locale: 'en-US' },
] as const

async function setupPage(): Promise<string> {
  await db.from('users').where('role', 'administrator').update({ role: 'auditor' })
  const accounts = await app.container.make(Accounts)
  return `${served().url}/einrichten/${await accounts.createSetupLink()}`
}

const pages = [
  {
    name: 'refused sign-in',
    async go(page: Page) {
      await page.goto(`${served().url}/anmelden`)
      await page.fill('[name=email]', 'niemand@people.example')
      await page.fill('[name=password]', 'falsch falsch falsch')
      await page.click('main button')
    },
  },
  { name: 'set-up', go: async (page: Page) => page.goto(await setupPage()) },
  {
    name: 'refused set-up',
    async go(page: Page) {
      await page.goto(await setupPage())
      await page.fill('[name=full_name]', 'Anna')
      await page.fill('[name=email]', 'a@b.c')
      await page.fill('[name=password]', PASSWORD)
      const domain = page.locator('[name=domain]')
      if ((await domain.count()) > 0) await domain.fill('people.example')
      await page.click('main button')
      await page.waitForSelector('.wrong')
    },
  },
  { name: 'closed set-up', go: async (page: Page) => page.goto(`${served().url}/einrichten/x`) },
  { name: 'missing page', go: async (page: Page) => page.goto(`${served().url}/gibt-es-nicht`) },
  {
    name: 'start page',
    async go(page: Page) {
      await page.goto(`${served().url}/anmelden`)
      const { email } = await freshPerson({ role: 'auditor' })
      await page.fill('[name=email]', email)
      await page.fill('[name=password]', PASSWORD)
      await page.click('main button')
      await page.waitForSelector('.account')
    },
  },
]

test.group('the look of accounts', () => {
  for (const { name, go } of pages) {
    test(`${name}: axe finds nothing at {width} px, {scheme}, {locale}; nothing scrolls sideways`)
      .with(thorough(looks).map((look) => ({ ...look })))
      .run(async ({ browser, assert }, { scheme, width, locale }) => {
        const context = await browser.newContext({
          colorScheme: scheme,
          viewport: { width, height: 900 },
          locale,
        })
        const page = await context.newPage()
        const complaints: string[] = []
        page.on('console', (message) => {
          if (/Content Security Policy|Refused to/.test(message.text()))
            complaints.push(message.text())
        })
        await go(page)
        assert.deepEqual(await axe(page), [])
        assert.isAtMost(await overflow(page), 0)
        assert.deepEqual(complaints, [])
        const folder = process.env.SCREENSHOTS
        if (folder) {
          const path = `${folder}/${name}-${width}-${scheme}-${locale.slice(0, 2)}.png`
          await page.screenshot({ path, fullPage: true })
        }
        await context.close()
      })
  }
})

test.group('accounts without JavaScript', () => {
  test('sign in, change the language, sign out', async ({ browser, assert }) => {
    const context = await browser.newContext({ javaScriptEnabled: false, locale: 'de-DE' })
    const page = await context.newPage()
    const { email } = await freshPerson({ role: 'auditor', fullName: 'Anna Prüferin' })
    await page.goto(`${served().url}/anmelden`)
    await page.getByLabel('Benutzername').fill(email)
    await page.getByLabel('Passwort').fill(PASSWORD)
    await page.getByRole('button', { name: 'Anmelden' }).click()
    await page.getByText('Anna Prüferin').waitFor()
    await page.getByRole('link', { name: 'English' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    assert.include(await page.textContent('.notice'), 'You are signed out')
    await context.close()
  })
})
