import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { randomUUID } from 'node:crypto'
import type { BrowserContext, Page } from 'playwright'
import { Invitations } from '#invitations'
import { Vaults } from '#vault'
import { axe, overflow } from '#tests/axe'
import { mailedLink } from '#tests/mailed_links'
import { FIRM, modules } from '#tests/seeded_mail'
import { served } from '#tests/served_links'
import { freshPerson, PASSWORD } from '#tests/visitor'
import { thorough } from '#tests/thorough'

const url = (path: string) => served().url + path
const client = () => `client-${randomUUID()}@example.net`
const LONG = 'Dr. Annemarie-Charlotte von Hohenlohe-Langenburg-Öttingen'

async function person(role: 'administrator' | 'staff', fullName = 'Anna Berger') {
  const { accounts } = await modules()
  await accounts.addDomain(FIRM, 'command line')
  return freshPerson({ role, fullName, email: `${randomUUID()}@${FIRM}` })
}

/** Signs in and answers where that led. */
async function signIn(page: Page, email: string, password = PASSWORD) {
  await page.goto(url('/anmelden'))
  await page.fill('[name=email]', email)
  await page.fill('[name=password]', password)
  await page.click('main form button.primary')
  await page.waitForSelector('.account')
}

/** A vault of a person with a member of each role and invitations that wait. */
async function furnished() {
  const owner = await person('staff')
  const vaults = await app.container.make(Vaults)
  const invitations = await app.container.make(Invitations)
  const { id, fullName: name } = owner
  const access = await vaults.create(
    { id, name, role: 'staff', mailboxes: [] },
    { name: 'Mandant Meier, Jahresabschluss und Lohnbuchhaltung' }
  )
  const email = client()
  for (const role of ['editor', 'contributor', 'reader'] as const) {
    const member = await freshPerson({ fullName: role === 'editor' ? LONG : 'Ben Müller' })
    const until = role === 'reader' ? new Date(Date.now() + 9e9) : null
    await invitations.intoVault.invite(access, { email: member.email, role, until, locale: 'de' })
  }
  const words = 'Bitte legen Sie das Kassenbuch bis Freitag ab.\nVielen Dank!'
  await invitations.intoVault.invite(access, {
    ...{ email, role: 'contributor', until: null, locale: 'de', words },
  })
  return { owner, number: access.vault.number, email }
}

const views: { name: string; go: (page: Page) => Promise<unknown> }[] = [
  {
    name: 'members',
    async go(page) {
      const { owner, number } = await furnished()
      await signIn(page, owner.email)
      await page.goto(url(`/webtresore/${number}/mitglieder`))
    },
  },
  {
    name: 'invitation refused',
    async go(page) {
      await page.goto(url(await mailedLink((await furnished()).email)))
      await page.fill('[name=full_name]', 'Carla')
      await page.fill('[name=username]', 'carla@client')
      await page.fill('[name=password]', PASSWORD)
      await page.click('main form button')
      await page.waitForSelector('.wrong')
    },
  },
  { name: 'no invitation', go: async (page) => page.goto(url('/einladung/x')) },
  { name: 'registration', go: async (page) => page.goto(url('/registrieren')) },
  {
    name: 'registration asked for',
    async go(page) {
      await page.goto(url('/registrieren'))
      await page.fill('[name=email]', client())
      await page.click('main form button')
      await page.waitForSelector('.empty')
    },
  },
  ...(['personen', 'domains', 'webtresore'] as const).map((place) => ({
    name: `administration, ${place}`,
    async go(page: Page) {
      await furnished()
      await signIn(page, (await person('administrator', 'Chris Chef')).email)
      await page.goto(url(`/verwaltung/${place}`))
    },
  })),
  {
    name: 'administration, person',
    async go(page) {
      const { owner } = await furnished()
      await signIn(page, (await person('administrator', 'Chris Chef')).email)
      await page.goto(url(`/verwaltung/personen/${owner.id}`))
    },
  },
  {
    name: 'administration, vault',
    async go(page) {
      const { number } = await furnished()
      await signIn(page, (await person('administrator', 'Chris Chef')).email)
      await page.goto(url(`/verwaltung/webtresore/${number}`))
    },
  },
]

const looks = [
  { scheme: 'light', width: 1280, locale: 'de-DE' },
  { scheme: 'dark', width: 390, locale: 'en-US' },
] as const

test.group('the look of people', () => {
  for (const { scheme, width, locale } of thorough(looks)) {
    test('at {width} px, {scheme}, {locale}: axe finds nothing in {name}, nothing scrolls sideways')
      .with(views.map((view) => ({ ...view, width, scheme, locale })))
      .run(async ({ browser, assert }, { name, go }) => {
        const viewport = { width, height: 900 }
        const context = await browser.newContext({ colorScheme: scheme, viewport, locale })
        const page = await context.newPage()
        await go(page)
        assert.deepEqual(await axe(page), [])
        assert.isAtMost(await overflow(page), 0)
        const folder = process.env.SCREENSHOTS
        if (folder)
          await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: true })
        await context.close()
      })
  }
})

test.group('people', () => {
  const contexts: BrowserContext[] = []

  test('an owner invites, the client registers and lands in the vault, without JavaScript; an administrator resets a factor', async ({
    browser,
    assert,
  }) => {
    const open = async (options = {}) => {
      const context = await browser.newContext({ locale: 'de-DE', ...options })
      contexts.push(context)
      return context.newPage()
    }
    const { owner, number } = await furnished()
    const email = client()
    const advisor = await open()
    await signIn(advisor, owner.email)
    await advisor.goto(url(`/webtresore/${number}/mitglieder`))
    await advisor.getByRole('button', { name: 'Einladen' }).first().click()
    const dialog = advisor.getByRole('dialog')
    await dialog.getByLabel('E-Mail-Adresse').fill(email)
    await dialog.getByLabel('Rolle').selectOption('contributor')
    await dialog.getByLabel('Persönlicher Satz').fill('Bis Freitag, bitte.')
    await dialog.getByRole('button', { name: 'Einladen' }).click()
    await advisor.getByText(`Die Einladung an ${email} ist unterwegs`).waitFor()

    const guest = await open({ javaScriptEnabled: false })
    await guest.goto(url(await mailedLink(email)))
    await guest.getByText('Bis Freitag, bitte.').waitFor()
    await guest.getByLabel('Name', { exact: true }).fill('Carla Client')
    await guest.getByLabel('Benutzername').fill(`carla.${randomUUID().slice(0, 8)}`)
    await guest.getByLabel('Passwort').fill(PASSWORD)
    await guest.getByRole('button', { name: 'Zugang anlegen und anmelden' }).click()
    await guest.getByText(`Willkommen im Webtresor ${number}!`).waitFor()
    assert.match(guest.url(), new RegExp(`/webtresore/${number}$`))
    await advisor.reload()
    await advisor.getByText('Carla Client').first().waitFor()

    const row = await db.from('users').where('email', email).firstOrFail()
    const factor = { account_id: row.id, sealed_secret: 'x', last_step: 0, added_at: 1 }
    await db.table('one_time_passwords').insert(factor)
    const boss = await open()
    await signIn(boss, (await person('administrator', 'Chris Chef')).email)
    await boss.goto(url('/verwaltung/personen'))
    await boss.getByRole('searchbox', { name: 'Suche' }).fill(email)
    await boss.getByRole('button', { name: 'Filtern' }).click()
    await boss.getByRole('link', { name: 'Carla Client' }).click()
    await boss.getByRole('button', { name: 'Zweiten Faktor zurücksetzen' }).click()
    const asked = boss.getByRole('dialog')
    await asked.getByLabel('Begründung').fill('Telefon verloren')
    await asked.getByRole('button', { name: 'Zweiten Faktor zurücksetzen' }).click()
    await boss.getByText('ist zurückgesetzt').waitFor()
    assert.lengthOf(await db.from('one_time_passwords').where('account_id', row.id), 0)
  }).teardown(async () => {
    for (const context of contexts) await context.close()
  })
})
