import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import type { CDPSession, Page } from 'playwright'
import { OwnerNotices, PasswordResets, Passkeys, SecondFactors } from '#accounts'
import { Ledger } from '#ledger'
import { oneTimePassword } from '#tests/authenticator'
import { axe, overflow } from '#tests/axe'
import { served } from '#tests/served_links'
import { freshPerson, PASSWORD } from '#tests/visitor'
import { thorough } from '#tests/thorough'

/** Passkeys are bound to the address of the pages, which in tests is not that of the configuration. */
async function passkeysHere() {
  const passkeys = new Passkeys({
    db,
    ledger: await app.container.make(Ledger),
    notices: await app.container.make(OwnerNotices),
    factors: await app.container.make(SecondFactors),
    appUrl: served().url,
  })
  app.container.swap(Passkeys, () => passkeys)
}

/** A phone, which verifies its user, or a key without buttons for that; through the browser's debugger. */
class Device {
  readonly #devtools: CDPSession
  readonly #authenticatorId: string

  private constructor(devtools: CDPSession, authenticatorId: string) {
    this.#devtools = devtools
    this.#authenticatorId = authenticatorId
  }

  static async in(page: Page, kind: 'phone' | 'key') {
    const devtools = await page.context().newCDPSession(page)
    await devtools.send('WebAuthn.enable')
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: kind === 'phone' ? 'internal' : 'usb',
        hasResidentKey: kind === 'phone',
        hasUserVerification: kind === 'phone',
        isUserVerified: kind === 'phone',
        automaticPresenceSimulation: true,
      },
    })
    return new Device(devtools, authenticatorId)
  }

  async stopsVerifying() {
    await this.#devtools.send('WebAuthn.setUserVerified', { ...this.#only, isUserVerified: false })
  }

  /** The passkey as it is now, and how to bring it back: as a copy of the device has it. */
  async copied() {
    const { credentials } = await this.#devtools.send('WebAuthn.getCredentials', this.#only)
    const credential = credentials[0]!
    const { credentialId } = credential
    return async () => {
      await this.#devtools.send('WebAuthn.removeCredential', { ...this.#only, credentialId })
      await this.#devtools.send('WebAuthn.addCredential', { ...this.#only, credential })
    }
  }

  get #only() {
    return { authenticatorId: this.#authenticatorId }
  }
}

async function signIn(page: Page, email: string) {
  await page.goto(`${served().url}/anmelden`)
  await page.fill('[name=email]', email)
  await page.fill('[name=password]', PASSWORD)
  await page.getByRole('button', { name: /^(Anmelden|Sign in)$/ }).click()
}

async function signOut(page: Page) {
  await page.goto(`${served().url}/profil`)
  await page.getByRole('button', { name: 'Abmelden', exact: true }).click()
  await page.getByText('Sie sind abgemeldet').waitFor()
}

/** The person's own pages, in the order in which they can be reached. */
const pages: { name: string; go: (page: Page, email: string) => Promise<unknown> }[] = [
  { name: 'profile', go: (page) => page.goto(`${served().url}/profil`) },
  {
    name: 'refused password',
    async go(page) {
      await page.goto(`${served().url}/profil/sicherheit`)
      await page.fill('[name=old_password]', 'falsch falsch')
      await page.fill('[name=password]', 'grüne Gießkanne im Hof')
      await page.locator('form[action="/profil/passwort"] button').click()
      await page.waitForSelector('.field .wrong')
    },
  },
  { name: 'sessions', go: (page) => page.goto(`${served().url}/profil/sitzungen`) },
  { name: 'notifications', go: (page) => page.goto(`${served().url}/profil/benachrichtigungen`) },
  { name: 'passkey', go: (page) => page.goto(`${served().url}/profil/passkey`) },
  { name: 'confirm', go: (page) => page.goto(`${served().url}/profil/bestaetigen`) },
  {
    name: 'recovery codes',
    async go(page) {
      await page.goto(`${served().url}/profil/einmalpasswort`)
      const secret = (await page.locator('.instructions .mono').textContent())!
      await page.fill('[name=code]', oneTimePassword(secret))
      await page.locator('form[action="/profil/einmalpasswort"] button').click()
      await page.waitForSelector('.codes')
    },
  },
  { name: 'security with factors', go: (page) => page.goto(`${served().url}/profil/sicherheit`) },
  {
    name: 'second step',
    async go(page, email) {
      await page.locator('.sign-out button').click()
      await signIn(page, email)
      await page.waitForSelector('[name=code]')
    },
  },
  { name: 'sign-in with passkey', go: (page) => page.goto(`${served().url}/anmelden`) },
  { name: 'forgotten password', go: (page) => page.goto(`${served().url}/passwort-vergessen`) },
  {
    name: 'new password',
    async go(page, email) {
      const resets = await app.container.make(PasswordResets)
      await resets.answer(await resets.request(email, { agent: null, network: null }))
      const letter = await db
        .from('outbox')
        .where({ recipient: email, kind: 'reset_requested' })
        .firstOrFail()
      const path = /\/passwort\/[\w-]+/.exec(letter.body_text)![0]
      await page.goto(served().url + path)
    },
  },
  { name: 'closed link', go: (page) => page.goto(`${served().url}/passwort/x`) },
]

test.group('the look of a person’s own pages', (group) => {
  group.setup(passkeysHere)
  group.teardown(() => app.container.restore(Passkeys))

  test('axe finds nothing at {width} px, {scheme}, {locale}; nothing scrolls sideways')
    .with(
      thorough([
        { scheme: 'light', width: 1280, locale: 'de-DE' },
        { scheme: 'light', width: 320, locale: 'en-US' },
        { scheme: 'dark', width: 390, locale: 'de-DE' },
      ] as const)
    )
    .run(async ({ browser, assert }, { scheme, width, locale }) => {
      const viewport = { width, height: 900 }
      const context = await browser.newContext({ colorScheme: scheme, viewport, locale })
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', (message) => {
        if (/Content Security Policy|Refused to/.test(message.text()))
          complaints.push(message.text())
      })
      const person = await freshPerson()
      await signIn(page, person.email)
      await page.waitForSelector('.account')
      for (const { name, go } of pages) {
        await go(page, person.email)
        assert.deepEqual(await axe(page), [], name)
        assert.isAtMost(await overflow(page), 0, name)
        const folder = process.env.SCREENSHOTS
        if (folder) {
          const path = `${folder}/own-${name}-${width}-${scheme}-${locale.slice(0, 2)}.png`
          await page.screenshot({ path, fullPage: true })
        }
      }
      assert.deepEqual(complaints, [])
      await context.close()
    })
})

test.group('second factors', (group) => {
  group.setup(passkeysHere)
  group.teardown(() => app.container.restore(Passkeys))

  test('somebody sets up one-time passwords and a passkey, and signs in with each', async ({
    browser,
    assert,
  }) => {
    const context = await browser.newContext({ locale: 'de-DE' })
    const page = await context.newPage()
    const device = await Device.in(page, 'phone')
    const person = await freshPerson()
    await signIn(page, person.email)

    await page.goto(`${served().url}/profil/sicherheit`)
    await page.getByRole('link', { name: 'Einmalpasswort einrichten' }).click()
    const shown = await page.locator('.instructions .mono').textContent()
    const secret = shown!
    await page.getByLabel('Einmalpasswort').fill(oneTimePassword(secret))
    await page.getByRole('button', { name: 'Einrichten', exact: true }).click()
    const codes = await page.locator('.codes li').allTextContents()
    assert.lengthOf(codes, 10)
    await page.getByRole('link', { name: 'Ich habe die Codes aufbewahrt' }).click()

    await page.getByRole('link', { name: 'Passkey einrichten' }).click()
    await page.getByLabel('Name').fill('Telefon')
    await page.getByRole('button', { name: 'Passkey einrichten' }).click()
    await page.getByText('Der Passkey ist eingerichtet').waitFor()
    await page.getByText('Telefon').first().waitFor()

    await signOut(page)
    await signIn(page, person.email)
    await page.getByLabel('Einmalpasswort').fill(oneTimePassword(secret, 1))
    await page.getByRole('button', { name: 'Anmelden' }).click()
    await page.waitForSelector('.account')

    await signOut(page)
    await signIn(page, person.email)
    await page.getByRole('button', { name: 'Passkey verwenden' }).click()
    await page.waitForSelector('.account')

    await signOut(page)
    await page.getByRole('button', { name: 'Mit Passkey anmelden' }).click()
    await page.waitForSelector('.account')
    await page.goto(`${served().url}/profil/sicherheit`)
    await page.getByText('zuletzt verwendet').waitFor()

    const useCopy = await device.copied()
    await signOut(page)
    await page.getByRole('button', { name: 'Mit Passkey anmelden' }).click()
    await page.waitForSelector('.account')
    await signOut(page)
    await useCopy()
    await page.getByRole('button', { name: 'Mit Passkey anmelden' }).click()
    await page.getByText('Dieser Passkey passt zu keinem Konto').waitFor()

    await signIn(page, person.email)
    await page.getByLabel('Einmalpasswort').fill(codes[0]!)
    await page.getByRole('button', { name: 'Anmelden' }).click()
    await page.waitForSelector('.account')
    await page.goto(`${served().url}/profil/sicherheit`)
    await page.getByRole('button', { name: 'Passkey Telefon umbenennen' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Altes Telefon')
    await dialog.getByRole('button', { name: 'Umbenennen' }).click()
    await page.getByText('Der Passkey heißt jetzt anders.').waitFor()
    await page.getByRole('button', { name: 'Passkey Altes Telefon entfernen' }).click()
    await page.getByText('Der Passkey ist entfernt').waitFor()
    await signOut(page)
    await page.getByRole('button', { name: 'Mit Passkey anmelden' }).click()
    await page.getByText('Dieser Passkey passt zu keinem Konto').waitFor()
    await context.close()
  })

  test('a key that does not verify its user is a second factor only', async ({
    browser,
    assert,
  }) => {
    const context = await browser.newContext({ locale: 'de-DE' })
    const page = await context.newPage()
    await Device.in(page, 'key')
    const person = await freshPerson()
    await signIn(page, person.email)
    await page.goto(`${served().url}/profil/passkey`)
    await page.getByLabel('Name').fill('Schlüssel')
    await page.getByRole('button', { name: 'Passkey einrichten' }).click()
    await page.waitForSelector('.codes')
    await signOut(page)

    await page.getByRole('button', { name: 'Mit Passkey anmelden' }).click()
    await page.locator('[data-failed]:visible').waitFor()
    await signIn(page, person.email)
    await page.getByRole('button', { name: 'Passkey verwenden' }).click()
    await page.waitForSelector('.account')

    const other = await freshPerson()
    await signOut(page)
    await signIn(page, other.email)
    await page.waitForSelector('.account')
    assert.isFalse(await page.getByText('Passkey verwenden').isVisible())
    await context.close()
  })

  test('who alters what the page asks the device for does not get in without verification', async ({
    browser,
    assert,
  }) => {
    const context = await browser.newContext({ locale: 'de-DE' })
    const page = await context.newPage()
    const device = await Device.in(page, 'phone')
    const person = await freshPerson()
    await signIn(page, person.email)
    await page.goto(`${served().url}/profil/passkey`)
    await page.getByLabel('Name').fill('Telefon')
    await page.getByRole('button', { name: 'Passkey einrichten' }).click()
    await page.waitForSelector('.codes')
    await signOut(page)

    await device.stopsVerifying()
    const asked: string[] = []
    await page.route('**/anmelden/passkey', async (route) => {
      if (route.request().method() !== 'GET') return route.continue()
      const response = await route.fetch()
      const options = await response.json()
      asked.push(options.userVerification)
      await route.fulfill({ response, json: { ...options, userVerification: 'discouraged' } })
    })
    await page.getByRole('button', { name: 'Mit Passkey anmelden' }).click()
    await page.getByText('Dieser Passkey passt zu keinem Konto').waitFor()
    assert.deepEqual(asked, ['required'])
    await context.close()
  })
})
