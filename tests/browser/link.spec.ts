import { test } from '@japa/runner'
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright'
import { axe, overflow } from '#tests/axe'
import { BELEGE, JAHRESABSCHLUSS, served, servedLinks } from '#tests/served_links'

const DAY = 24 * 60 * 60 * 1000

const phone = { width: 390, height: 844 }
const desk = { width: 1280, height: 900 }

const answers = ['Vollmacht.pdf', 'Ausweis.jpg'].map((name) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.alloc(700_000, name),
}))

/** A page in a browser of its own, with cookies of its own. */
async function visit(
  browser: Browser,
  path: string,
  options: { viewport: typeof phone; locale: string; javaScriptEnabled?: boolean }
): Promise<Page> {
  const context = await browser.newContext({ ...options, baseURL: served().url })
  const page = await context.newPage()
  await page.goto(path)
  return page
}

async function downloaded(page: Page, button: string): Promise<{ name: string; bytes: Buffer }> {
  const arriving = page.waitForEvent('download')
  await page.getByRole('button', { name: button, exact: true }).click()
  const download = await arriving
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
}

const words = {
  de: {
    ask: 'Code anfordern',
    label: 'Sechsstelliger Code',
    confirm: 'Bestätigen',
    wrong: 'noch 4 Versuche',
    one: 'Belege Q3.zip herunterladen',
    all: 'Alle als ZIP herunterladen',
    aside: 'Prüfsummen (SHA-256)',
    choose: 'Dateien auswählen',
    send: 'Zurücksenden',
    sent: '2 Dateien sind angekommen',
  },
  en: {
    ask: 'Request a code',
    label: 'Six-digit code',
    confirm: 'Confirm',
    wrong: 'You have 4 tries left',
    one: 'Download Belege Q3.zip',
    all: 'Download all as ZIP',
    aside: 'Checksums (SHA-256)',
    choose: 'Choose files',
    send: 'Send back',
    sent: '2 files have arrived',
  },
}

test.group('a recipient', () => {
  test('asks for a code, enters it, and takes the files: {locale}, {viewport.width} px')
    .with([
      { locale: 'de' as const, viewport: phone },
      { locale: 'de' as const, viewport: desk },
      { locale: 'en' as const, viewport: phone },
      { locale: 'en' as const, viewport: desk },
    ])
    .run(async ({ assert, browser, cleanup }, { locale, viewport }) => {
      const { issue, codeFor } = await servedLinks({ cleanup })
      const { path, number } = await issue()
      const say = words[locale]
      const page = await visit(browser, path, { viewport, locale })
      cleanup(() => page.context().close())
      const sound = async (state: string) => {
        assert.deepEqual(await axe(page), [], state)
        assert.isAtMost(await overflow(page), 0, state)
      }

      await sound('before the code')
      await page.getByRole('button', { name: say.ask }).click()
      await page.getByLabel(say.label).waitFor()
      await sound('with a code on its way')

      const code = await codeFor(number)
      await page.getByLabel(say.label).fill(code === '111111' ? '222222' : '111111')
      await page.getByRole('button', { name: say.confirm }).click()
      await page.getByText(say.wrong).waitFor()
      await sound('after a wrong code')

      await page.getByLabel(say.label).fill(code)
      await page.getByLabel(say.label).press('Enter')
      await page.getByRole('heading', { name: 'Unterlagen Jahresabschluss 2025' }).waitFor()
      await page.getByText(say.aside).click()
      await sound('open')

      const file = await downloaded(page, say.one)
      assert.equal(file.name, 'Belege Q3.zip')
      assert.isTrue(file.bytes.equals(BELEGE))
      const zip = await downloaded(page, say.all)
      assert.match(zip.name, /^Unterlagen Jahresabschluss 2025 .*\.zip$/)
      assert.isTrue(zip.bytes.includes(JAHRESABSCHLUSS))

      await page.getByLabel(say.choose).setInputFiles(answers)
      await page.getByRole('button', { name: say.send, exact: true }).click()
      await page.getByText(say.sent).waitFor()
      await sound('after files were sent back')
    })

  test('needs no script', async ({ assert, browser, cleanup }) => {
    const { issue, codeFor } = await servedLinks({ cleanup })
    const { path, number } = await issue()
    const page = await visit(browser, path, {
      viewport: phone,
      locale: 'de',
      javaScriptEnabled: false,
    })
    cleanup(() => page.context().close())
    await page.getByRole('button', { name: 'Code anfordern' }).click()
    await page.getByLabel('Sechsstelliger Code').fill(await codeFor(number))
    await page.getByRole('button', { name: 'Bestätigen' }).click()
    const file = await downloaded(page, 'Belege Q3.zip herunterladen')
    assert.isTrue(file.bytes.equals(BELEGE))
    await page.getByLabel('Dateien auswählen').setInputFiles(answers)
    await page.getByRole('button', { name: 'Zurücksenden', exact: true }).click()
    await page.getByText('2 Dateien sind angekommen').waitFor()
  })

  test('learns that a link is over: {state}, {viewport.width} px')
    .with([
      { state: 'expired', viewport: phone, heading: 'Dieser Link ist abgelaufen' },
      { state: 'expired', viewport: desk, heading: 'Dieser Link ist abgelaufen' },
      { state: 'revoked', viewport: phone, heading: 'Diesen Link gibt es nicht' },
    ])
    .run(async ({ assert, browser, cleanup }, { state, viewport, heading }) => {
      const { issue, links, clock } = await servedLinks({ cleanup })
      const { path, id } = await issue()
      if (state === 'expired') clock.at += 31 * DAY
      else await links.revoke({ id }, 1)
      const page = await visit(browser, path, { viewport, locale: 'de' })
      cleanup(() => page.context().close())
      await page.getByRole('heading', { name: heading }).waitFor()
      assert.deepEqual(await axe(page), [])
      assert.isAtMost(await overflow(page), 0)
      if (state !== 'expired') return
      await page.getByRole('button', { name: 'Neuen Link anfordern' }).click()
      await page.getByText('Der Absender wurde am').waitFor()
      assert.deepEqual(await axe(page), [])
    })

  test('with many files and long names stays within the phone', async ({
    assert,
    browser,
    cleanup,
  }) => {
    const { issue, file } = await servedLinks({ cleanup }, { confirmation: 'none' })
    const files = await Promise.all([
      file(`${'Jahresabschlussunterlagen_mit_Anlagenspiegel_'.repeat(5)}.pdf`, BELEGE, 'a/b'),
      file('Notiz', BELEGE, 'text/plain'),
    ])
    const subject = 'Donaudampfschifffahrtsgesellschaftskapitänspatentverlängerungsgebührenbescheid'
    const { path } = await issue({ files, subject })
    const page = await visit(browser, path, { viewport: phone, locale: 'de' })
    cleanup(() => page.context().close())
    assert.isAtMost(await overflow(page), 0)
    assert.deepEqual(await axe(page), [])
  })
})
