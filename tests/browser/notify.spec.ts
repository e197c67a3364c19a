import { test } from '@japa/runner'
import type { TestContext } from '@japa/runner/core'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright'
import { Notifications } from '#notifications'
import { Post } from '#post'
import { axe, overflow } from '#tests/axe'
import { served } from '#tests/served_links'
import { put, sharedVault } from '#tests/shared_vault'
import { thorough } from '#tests/thorough'
import { PASSWORD } from '#tests/visitor'

const looks = [
  { scheme: 'light', width: 1280, locale: 'de-DE' },
  { scheme: 'dark', width: 390, locale: 'en-US' },
] as const
type Look = (typeof looks)[number]

async function signIn(
  { browser, cleanup }: Pick<TestContext, 'browser' | 'cleanup'>,
  email: string,
  look: Look = looks[0]
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: 900 },
    colorScheme: look.scheme,
    locale: look.locale,
    baseURL: served().url,
  })
  // An open stream would keep the server from ending.
  cleanup(() => context.close())
  const page = await context.newPage()
  await page.goto('/anmelden')
  await page.fill('[name=email]', email)
  await page.fill('[name=password]', PASSWORD)
  await page.click('main button')
  await page.waitForSelector('.account')
  return page
}

const hostile = `${'W'.repeat(90)} <b>fett gnp.exe חשבון.pdf`

/** Waits for something in the page: the content security policy refuses the evaluation that Playwright would do there. */
async function until(page: Page, expression: string) {
  for (let tries = 0; !(await page.evaluate(expression)); tries++) {
    if (tries > 150) throw new Error(`Still not: ${expression}`)
    await pause(100)
  }
}

/** A vault with people and activity of every look, one of its mails failed, and a hostile name. */
async function busyVault() {
  const vault = await sharedVault({ name: 'Mandant Meier & Söhne', quota: 270 })
  const { owner, as, path } = vault
  const editor = await as('editor', 'Emil Bearbeiter')
  const reader = await as('reader', 'Rita Leserin-von-und-zu-Sehrlangenname')
  await as('contributor', 'Nils Niemals', 'never')
  await put(editor, hostile)
  await put(editor, 'Virus.exe', { verdict: 'infected' })
  await put(owner, 'Gewinnermittlung 2025 mit einem recht langen Namen und Anlagen.pdf')
  await vault.vaults.makeFolder(editor.access, null, 'Belege 2026')
  const notifications = await app.container.make(Notifications)
  await notifications.announce(owner.access, 'Bitte bis Freitag prüfen.\nDanke!')
  const waiting: { id: number }[] = await db.from('notifications').where('state', 'queued')
  for (const { id } of waiting) await notifications.write(String(id))
  const post = await app.container.make(Post)
  const { id } = await db
    .from('outbox')
    .where({ recipient: reader.email, kind: 'vault_announced' })
    .firstOrFail()
  await post.record(id, { status: 'failed', reply: '550 5.1.1 The account does not exist' })
  return { ...vault, page: `${path}/benachrichtigen`, owner, editor, reader }
}

const pages = [
  { name: 'notify', path: (vault: string) => `${vault}/benachrichtigen` },
  { name: 'activity', path: (vault: string) => `${vault}/aktivitaet` },
  { name: 'activity-nothing', path: (vault: string) => `${vault}/aktivitaet?bis=2020-01-01` },
  { name: 'choices', path: () => '/profil/benachrichtigungen' },
]

test.group('the look of notifications', () => {
  test('axe finds nothing at {width} px, {scheme}, {locale}; nothing scrolls sideways')
    .with(thorough(looks).map((look) => ({ ...look })))
    .run(async (context, look) => {
      const { assert } = context
      const { owner, path } = await busyVault()
      const page = await signIn(context, owner.email, look)
      const complaints: string[] = []
      page.on('console', (message) => {
        if (/Content Security Policy|Refused to/.test(message.text()))
          complaints.push(message.text())
      })
      for (const one of pages) {
        await page.goto(one.path(path))
        const folder = process.env.SCREENSHOTS
        if (folder) {
          const file = `${folder}/${one.name}-${look.width}-${look.scheme}.png`
          await page.screenshot({ path: file, fullPage: true })
        }
        assert.deepEqual(await axe(page), [], one.name)
        assert.isAtMost(await overflow(page), 0, one.name)
      }
      assert.deepEqual(complaints, [])
    })
})

test.group('Benachrichtigung verschicken', () => {
  test('by keyboard, without JavaScript, in English: see who gets it, say a sentence, send', async (its) => {
    const { assert, browser } = its
    const { owner, as, path } = await sharedVault()
    await as('reader', 'Rita Leser')
    const signedIn = await signIn(its, owner.email)
    const storageState = await signedIn.context().storageState()
    const context = await browser.newContext({
      ...{ storageState, javaScriptEnabled: false, locale: 'en-US', baseURL: served().url },
    })
    const page = await context.newPage()
    await page.goto(`${path}/benachrichtigen?sprache=en`)
    await page.getByText('One person gets a mail').waitFor()
    await page.getByLabel('A sentence of yours').focus()
    await page.keyboard.type('Please have a look.')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('The notification goes to one person.').waitFor()
    assert.include(await page.textContent('.sending'), 'Please have a look.')
    await context.close()
  })

  test('an open page hears of changes, and comes back after the stream has ended', async (its) => {
    const { assert } = its
    const { owner, path, vaults } = await sharedVault()
    const page = await signIn(its, owner.email)
    await page.goto(`${path}/benachrichtigen`)
    await page.evaluate(`
      window.heard = []
      window.opened = 0
      const source = new EventSource('${path}/ereignisse')
      source.onopen = () => window.opened++
      source.onmessage = ({ data }) => {
        const { channel, payload } = JSON.parse(data)
        if (channel !== '$$transmit/ping') window.heard.push(payload)
      }
    `)
    await until(page, 'window.opened === 1')
    const folder = await vaults.makeFolder(owner.access, null, 'Neu')
    await until(page, 'window.heard.length > 0')
    assert.deepEqual(await page.evaluate('window.heard[0]'), { changed: true, entries: [folder] })
    const { LiveStreams } = await import('../../app/http/live_streams.ts')
    const streams = await app.container.make(LiveStreams)
    streams.end(owner.access.vault.id)
    await until(page, 'window.opened === 2')
  })
})
