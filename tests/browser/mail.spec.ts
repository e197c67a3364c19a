import { test } from '@japa/runner'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright'
import db from '@adonisjs/lucid/services/db'
import { axe, overflow } from '#tests/axe'
import { accepted, infected, modules, sent, staff } from '#tests/seeded_mail'
import { served } from '#tests/served_links'
import { thorough } from '#tests/thorough'
import { PASSWORD } from '#tests/visitor'

const looks = [
  { scheme: 'light', width: 1280, locale: 'de-DE' },
  { scheme: 'dark', width: 390, locale: 'en-US' },
] as const
type Look = (typeof looks)[number]

const client = () => `client-${randomUUID()}@example.net`
const pdf = {
  name: 'Jahresabschluß 2025 – geprüft.pdf',
  content: Buffer.from('%PDF-1.7 Jahresabschluss\n'.repeat(4000)),
  type: 'application/pdf',
}

/** A page in a browser of its own, signed in by hand. */
async function signIn(browser: Browser, email: string, look: Look = looks[0]): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: 900 },
    colorScheme: look.scheme,
    locale: look.locale,
    baseURL: served().url,
  })
  const page = await context.newPage()
  await page.goto('/anmelden')
  await page.fill('[name=email]', email)
  await page.fill('[name=password]', PASSWORD)
  await page.click('main button')
  await page.waitForSelector('.account')
  return page
}

/** Mails in every state, with hostile names among them. */
async function office() {
  const { person } = await staff({ fullName: 'Anna Berger' })
  const { person: boss } = await staff({ role: 'administrator', fullName: 'Bernd Chef' })
  const from = person.email
  const [gone, slow] = [client(), client()]
  const main = await sent({
    from,
    to: [client(), client(), gone, slow],
    html: '<p>Guten Tag,</p><p>anbei die <b>Unterlagen</b>.</p>',
    files: [pdf, { name: 'Lohnliste.xlsx', content: 'x' }],
    replies: { [gone]: '550 5.1.1 User unknown', [slow]: '451 4.7.1 Greylisted' },
  })
  const { links } = await modules()
  await links.revoke({ id: main.links[1]!.linkId }, person.id)
  const { number, links: issued } = main
  const token = links.tokenFor(number, issued[0]!.recipient, 1)
  for (const asker of [client(), client(), `${'a'.repeat(64)}@${'b'.repeat(60)}.example`]) {
    await links.requestNewLink(token, { ip: '203.0.113.9', locale: 'de', asker })
  }
  const [first, second] = await links.askersOf(number)
  await links.answer({ id: first!.id, number }, true, person.id)
  await links.answer({ id: second!.id, number }, false, person.id)
  const hostile = await sent({
    from,
    to: [`"<script>alert(1)</script>"@example.net`, `${'a'.repeat(60)}@${'b'.repeat(60)}.example`],
    subject: `\u202Egnp.exe <img src=x onerror=alert(1)> ${'Donaudampfschiff'.repeat(20)}`,
    files: [{ name: `\u202Efdp.exe${'lang'.repeat(50)}.pdf`, content: 'x' }],
  })
  const bad = await infected({
    from,
    to: [client()],
    files: [{ name: 'rechnung.exe', content: 'x' }],
  })
  const held = await sent({ from, to: [client()], subject: 'مستندات السنة المالية', noRelay: true })
  const fresh = await accepted({ from, to: [client()] })
  const { vaults } = await modules()
  const [vault] = await vaults.deposits.vaultsOf([from])
  return { person, boss, main, hostile, bad, held, fresh, vault: vault! }
}

test.group('Pages of mail', () => {
  test('are accessible and fit their window: {scheme}, {width} px, {locale}')
    .with(thorough(looks))
    .run(async ({ assert, browser, cleanup }, look) => {
      const at = await office()
      const { person: newcomer } = await staff()
      const vault = `/webtresore/${at.vault.number}`
      const paths: [string, string[]][] = [
        [
          at.person.email,
          [
            '/archiv',
            '/archiv?suche=gibtesnicht',
            '/archiv?zustand=kept',
            ...[at.main, at.hostile, at.bad, at.held, at.fresh].map(
              ({ number }) => `/archiv/${number}`
            ),
            `/archiv/${at.main.number}?ansicht=text`,
            `/archiv/${at.main.number}/kopfzeilen`,
            `/archiv/${at.hostile.number}/quelltext`,
            `/archiv/${at.main.number}/zustellung/${at.main.deliveries[0]!.id}`,
            `/archiv/${at.main.number}/zustellung/${at.main.deliveries[0]!.id}?ansicht=text`,
            '/webtresore',
            vault,
            `${vault}/ordner/${at.hostile.files[0]!.parent}`,
            `${vault}/ordner/${at.bad.files[0]!.parent}`,
          ],
        ],
        [newcomer.email, ['/archiv', '/webtresore']],
        [
          at.boss.email,
          [
            '/verwaltung',
            '/verwaltung?absender=niemand@example.net',
            '/verwaltung?zustand=held&grund=no_relay&von=2026-01-01&alle=1',
            ...[at.main, at.hostile, at.bad, at.held].map(
              ({ number }) => `/verwaltung/mails/${number}`
            ),
          ],
        ],
      ]
      for (const [email, visited] of paths) {
        const page = await signIn(browser, email, look)
        cleanup(() => page.context().close())
        const problems: string[] = []
        page.on('pageerror', (error) => problems.push(error.message))
        page.on('console', (line) => {
          if (line.type() === 'error') problems.push(line.text())
        })
        for (const path of visited) {
          const response = await page.goto(path)
          assert.equal(response?.status(), 200, path)
          assert.deepEqual(await axe(page), [], path)
          assert.isAtMost(await overflow(page), 0, path)
          assert.notMatch(await page.content(), /translation missing/i, path)
          assert.deepEqual(problems, [], path)
        }
      }
    })
})

test.group('A sender', () => {
  test('finds a mail, reads it, takes original and file, extends and revokes', async ({
    assert,
    browser,
    cleanup,
  }) => {
    const { person } = await staff({ fullName: 'Anna Berger' })
    const to = client()
    const mail = await sent({
      from: person.email,
      to: [to],
      subject: 'Unterlagen 4711',
      html: '<p>Guten <b>Tag</b> im Rahmen</p>',
      files: [pdf],
    })
    const page = await signIn(browser, person.email)
    cleanup(() => page.context().close())
    await page.getByRole('searchbox').fill('4711')
    await page.getByRole('button', { name: 'Suchen' }).click()
    await page.getByRole('link', { name: 'Unterlagen 4711' }).click()
    await page.getByRole('heading', { level: 1, name: 'Unterlagen 4711' }).waitFor()
    await page.frameLocator('iframe').getByText('Guten Tag im Rahmen').waitFor()

    assert.deepEqual(await saved(page, 'Original (.eml)'), mail.raw)
    assert.deepEqual(await saved(page, 'Herunterladen'), pdf.content)

    await page.getByRole('button', { name: 'Verlängern' }).click()
    const extend = page.getByRole('dialog', { name: 'Link verlängern' })
    await extend.getByLabel('Verlängern um').selectOption('14')
    assert.deepEqual(await axe(page), [])
    await extend.getByRole('button', { name: 'Verlängern' }).click()
    await page.getByText('Der Link ist verlängert.').waitFor()

    await page.getByRole('button', { name: 'Widerrufen' }).click()
    const revoke = page.getByRole('dialog', { name: 'Link widerrufen' })
    await revoke.getByRole('button', { name: 'Abbrechen' }).click()
    await revoke.waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Widerrufen' }).click()
    await revoke.getByRole('button', { name: 'Widerrufen' }).click()
    await page.getByText('Der Link ist widerrufen.').waitFor()
    const { links } = await modules()
    const [status] = await links.statusOf(mail.number)
    assert.isNotNull(status!.revokedAt)
    await page.getByText(`Link für \u2068${to}\u2069 widerrufen von`).waitFor()
  })

  test('sees a mail that wants out kept in: nothing loads, runs or leads away', async ({
    assert,
    browser,
    cleanup,
  }) => {
    const { person } = await staff()
    const out = await listener(cleanup)
    const html = wantingOut(out.url)
    const mail = await sent({ from: person.email, to: [client()], html })
    const page = await signIn(browser, person.email)
    cleanup(() => page.context().close())
    await page.goto(`/archiv/${mail.number}`)
    const frame = page.frameLocator('iframe')
    await frame.getByText('Inhalt').waitFor()
    for (const words of ['Absenden', 'Hinaus', 'Hinauf']) {
      await frame.getByText(words).click()
    }
    await page.waitForTimeout(300)
    assert.equal(out.connections(), 0)
    assert.isTrue(page.url().endsWith(`/archiv/${mail.number}`))
    assert.lengthOf(page.context().pages(), 1)
    await frame.getByText('Inhalt').waitFor()

    // The same without the frame's policy reaches out: the listener would have noticed.
    const naked = await page.context().newPage()
    await naked.setContent(`<img src="${out.url}/d.png">`)
    assert.isAbove(out.connections(), 0)
  })
})

test.group('An administrator', () => {
  test('sends a held mail, and returns another with a reason', async ({
    assert,
    browser,
    cleanup,
  }) => {
    const { person } = await staff()
    const { person: boss } = await staff({ role: 'administrator' })
    const one = await sent({ from: person.email, to: [client()], noRelay: true })
    const two = await sent({ from: person.email, to: [client()], noRelay: true })
    const page = await signIn(browser, boss.email)
    cleanup(() => page.context().close())
    await page.goto('/verwaltung')
    const row = page.locator('#held tr', { hasText: `Nr. ${one.number}` })
    await row.getByRole('button', { name: 'Senden' }).click()
    const send = page.getByRole('dialog', { name: `Mail Nr. ${one.number} senden?` })
    assert.deepEqual(await axe(page), [])
    await send.getByRole('button', { name: 'Senden' }).click()
    await page.getByText(`Mail Nr. ${one.number} wird gesendet.`).waitFor()

    await page.goto(`/verwaltung/mails/${two.number}`)
    await page.getByRole('button', { name: 'Zurückgeben' }).click()
    const back = page.getByRole('dialog')
    await back.getByLabel('Grund für den Absender').fill('Falscher Empfänger')
    assert.deepEqual(await axe(page), [])
    await back.getByRole('button', { name: 'Zurückgeben' }).click()
    await page.getByText('Falscher Empfänger').waitFor()
    await page.getByText('An den Absender zurückgegeben von').waitFor()
    const { archive } = await modules()
    assert.equal((await archive.message(one.number, 'everything')).state, 'accepted')
    assert.equal((await archive.message(two.number, 'everything')).state, 'returned')
  })

  test('chooses several by keyboard, and decides about them at once', async ({
    assert,
    browser,
    cleanup,
  }) => {
    const { person } = await staff()
    const { person: boss } = await staff({ role: 'administrator' })
    const mails = [
      await sent({ from: person.email, to: [client()], noRelay: true }),
      await sent({ from: person.email, to: [client()], noRelay: true }),
    ]
    const page = await signIn(browser, boss.email)
    cleanup(() => page.context().close())
    await page.goto(`/verwaltung?absender=${person.email}`)
    const boxes = mails.map(({ number }) => page.getByLabel(`Mail Nr. ${number} auswählen`))
    await boxes[0]!.focus()
    await page.keyboard.press('Space')
    assert.isTrue(await boxes[0]!.isChecked())
    const all = page.getByRole('link', { name: 'Alle auf dieser Seite auswählen' })
    await all.focus()
    await page.keyboard.press('Enter')
    for (const box of boxes) assert.isTrue(await box.isChecked())
    await page.getByLabel('Ausgewählte Mails').selectOption('return')
    await page.getByRole('button', { name: 'Anwenden' }).click()
    await page.getByText('2 Mails: „Zurückgeben“ ist erledigt.').waitFor()
    assert.include(page.url(), 'absender=')
  })

  test('reads content only with a reason, and sees a second person asked', async ({
    assert,
    browser,
    cleanup,
  }) => {
    const { person } = await staff()
    const { person: boss } = await staff({ role: 'administrator' })
    const { person: second } = await staff({ role: 'administrator' })
    const out = await listener(cleanup)
    const html = wantingOut(out.url)
    const mail = await sent({ from: person.email, to: [client()], text: '', html, noRelay: true })
    const { archive } = await modules()
    await archive.fourEyes.set(true, boss.id)
    cleanup(() => archive.fourEyes.set(false, boss.id))
    await db.from('messages').where('number', mail.number).update({ reason: 'ambiguous' })
    await archive.decide(mail.number, {
      verb: 'send_unchanged',
      actor: boss.id,
      why: 'Das Gericht verlangt die Anlage im Original.',
    })
    for (const look of thorough(looks)) {
      const page = await signIn(browser, second.email, look)
      cleanup(() => page.context().close())
      await page.goto(`/verwaltung/mails/${mail.number}`)
      assert.deepEqual(await axe(page), [])
      assert.isAtMost(await overflow(page), 0)
      await page.getByRole('button', { name: /^(Inhalt lesen|Read the content)$/ }).click()
      const ask = page.getByRole('dialog')
      await ask.getByLabel(/Begründung|Reason/).fill('Auskunft 12/26')
      assert.deepEqual(await axe(page), [])
      await ask.getByRole('button', { name: /^(Inhalt lesen|Read the content)$/ }).click()
      const frame = page.frameLocator('iframe')
      await frame.getByText('Inhalt').waitFor()
      assert.deepEqual(await axe(page), [])
      assert.isAtMost(await overflow(page), 0)
      for (const words of ['Absenden', 'Hinaus', 'Hinauf']) await frame.getByText(words).click()
      await page.waitForTimeout(300)
      assert.equal(out.connections(), 0)
      assert.isTrue(page.url().endsWith('/inhalt'))
    }
  })
})

/** HTML that tries every way out of its frame to an address. */
function wantingOut(url: string): string {
  return `
    <base href="${url}/"><link rel="preconnect" href="${url}"><link rel="stylesheet" href="${url}/a.css">
    <meta http-equiv="refresh" content="0;url=${url}/refresh">
    <style>@import url(${url}/b.css); body { background: url(${url}/c.png) }</style>
    <script>parent.postMessage('ran', '*'); document.body.textContent = 'ran'</script>
    <img src="${url}/d.png" onerror="document.body.textContent = 'ran'"><iframe src="${url}/e"></iframe>
    <object data="${url}/f"></object><video src="${url}/g" autoplay></video>
    <form action="${url}/h"><button>Absenden</button></form>
    <a href="${url}/i">Hinaus</a> <a href="${url}/j" target="_top">Hinauf</a>
    <svg height="30"><a href="${url}/k"><text y="20">Gezeichnet</text></a></svg><p>Inhalt</p>`
}

/** A server that no page may reach, and how often it was. */
async function listener(cleanup: (done: () => void) => void) {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, connections: () => connections }
}

/** What a click on a link saves. */
async function saved(page: Page, link: string): Promise<Buffer> {
  const arriving = page.waitForEvent('download')
  await page.getByRole('link', { name: link }).click()
  const download = await arriving
  return readFile(await download.path())
}
