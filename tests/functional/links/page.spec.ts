import { test } from '@japa/runner'
import db from '@adonisjs/lucid/services/db'
import { createHash, randomUUID } from 'node:crypto'
import User from '#models/user'
import { servedLinks } from '#tests/served_links'
import { formOf, Visitor } from './visitor.ts'

const DAY = 24 * 60 * 60 * 1000

const tables = [
  ...['links', 'link_codes', 'link_devices', 'link_tickets', 'link_downloads'],
  ...['outbox', 'ledger_entries', 'sessions'],
]

async function everything(): Promise<string> {
  return JSON.stringify(await Promise.all(tables.map((table) => db.from(table))))
}

test.group('the page of a link', () => {
  test('{method} by whoever follows links changes nothing and sets no cookie: {state}')
    .with([
      { method: 'GET', state: 'locked', status: 200 },
      { method: 'HEAD', state: 'locked', status: 200 },
      { method: 'GET', state: 'open', status: 200 },
      { method: 'GET', state: 'expired', status: 410 },
      { method: 'HEAD', state: 'expired', status: 410 },
      { method: 'GET', state: 'revoked', status: 404 },
    ])
    .run(async ({ assert, cleanup }, { method, state, status }) => {
      const { issue, links, clock } = await servedLinks(
        { cleanup },
        { confirmation: state === 'open' ? 'none' : 'code' }
      )
      const { path, id } = await issue()
      if (state === 'expired') clock.at += 31 * DAY
      if (state === 'revoked') await links.revoke({ id }, 1)
      const before = await everything()
      const response = await new Visitor().request(path, { method })
      assert.equal(response.status, status)
      assert.deepEqual(response.headers.getSetCookie(), [])
      assert.equal(response.headers.get('referrer-policy'), 'no-referrer')
      assert.equal(response.headers.get('x-robots-tag'), 'noindex, nofollow')
      assert.equal(response.headers.get('cache-control'), 'no-store')
      assert.include(response.headers.get('content-security-policy')!, "default-src 'none'")
      assert.equal(await everything(), before)
    })

  test('unknown, malformed and revoked are one and the same page', async ({ assert, cleanup }) => {
    const { issue, links } = await servedLinks({ cleanup })
    const { path, id } = await issue()
    await links.revoke({ id }, 1)
    const pages = await Promise.all(
      [path, `/d/${'x'.repeat(27)}`, '/d/x', '/d/%00', '/d/..%2f..', `${path}x`].map(
        async (tried) => {
          const response = await new Visitor().get(tried)
          const html = await response.text()
          return `${response.status} ${createHash('sha256')
            .update(html.replace(/nonce-?[^"']*/g, ''))
            .digest('hex')}`
        }
      )
    )
    assert.equal(new Set(pages).size, 1, pages.join('\n'))
    assert.match(pages[0]!, /^404 /)
  })

  test('speaks {locale}')
    .with([
      {
        locale: 'de',
        words: ['Code anfordern', '2 Dateien', 'kanzlei-berger.example schickt Ihnen sicher'],
      },
      {
        locale: 'en',
        words: ['Request a code', '2 files', 'kanzlei-berger.example sends you securely'],
      },
    ])
    .run(async ({ assert, cleanup }, { locale, words }) => {
      const { issue } = await servedLinks({ cleanup })
      const { path } = await issue()
      const response = await new Visitor().get(path, { 'accept-language': locale })
      const html = await response.text()
      for (const word of words) assert.include(html, word)
      assert.include(html, `<html lang="${locale}">`)
      assert.notInclude(html, 'translation missing')
      for (const secret of ['Jahresabschlu', 'Anna', 'a.berger@', 'client-']) {
        assert.notInclude(html, secret)
      }
    })

  test('says that mail does not leave', async ({ assert, cleanup }) => {
    const { issue } = await servedLinks({ cleanup }, { mailLeaves: false })
    const { path } = await issue()
    assert.include(await new Visitor().page(path), 'verschickt zurzeit keine Mails')
  })
})

test.group('the sender', () => {
  test('signed in, sees his own link without a code, and the session stays as it is', async ({
    assert,
    cleanup,
  }) => {
    const [email, password] = [`${randomUUID()}@kanzlei-berger.example`, randomUUID()]
    const user = await User.create({
      email,
      fullName: 'Anna Berger',
      password,
      role: 'staff',
      registeredAt: Date.now(),
    })
    const { issue } = await servedLinks({ cleanup }, { ownsMailbox: async (id) => id === user.id })
    const { path } = await issue()
    const sender = new Visitor()
    const csrf = /name=['"]_csrf['"] value=['"]([^'"]+)/.exec(await sender.page('/anmelden'))![1]!
    const signedIn = await sender.post('/anmelden', { _csrf: csrf, email, password })
    assert.equal(signedIn.headers.get('location'), '/')

    const before = await everything()
    const response = await sender.get(path)
    const html = await response.text()
    assert.include(html, 'Belege Q3.zip')
    assert.include(html, 'Ihre eigenen Downloads zählen nicht')
    assert.deepEqual(response.headers.getSetCookie(), [])
    assert.equal(await everything(), before)
    assert.include(await new Visitor().page(path), 'Code anfordern')
  })
})

test.group('the code', () => {
  test('is asked for, entered, and makes this browser known', async ({ assert, cleanup }) => {
    const { issue, codeFor } = await servedLinks({ cleanup })
    const { path, number } = await issue()
    const visitor = new Visitor()
    const asked = await visitor.submit(path, 'code')
    assert.equal(asked.status, 303)
    assert.equal(asked.headers.get('location'), path)
    assert.equal(visitor.cookies.size, 0)

    const entered = await visitor.submit(path, 'bestaetigen', {
      code: await codeFor(number),
      remember: '1',
    })
    assert.equal(entered.status, 303)
    const [cookie] = entered.headers.getSetCookie()
    assert.match(
      cookie!,
      /^webtresor_geraet=[\w-]{43}; Max-Age=77\d{5}; Path=\/d; HttpOnly; SameSite=Lax$/i
    )
    const html = await visitor.page(path)
    for (const word of ['Unterlagen Jahresabschluss 2025', 'Anna Berger', 'Belege Q3.zip']) {
      assert.include(html, word)
    }
    assert.include(await new Visitor().page(path), 'Code anfordern')
  })

  test('that is not to be remembered goes with the browser', async ({ assert, cleanup }) => {
    const { issue, codeFor } = await servedLinks({ cleanup })
    const { path, number } = await issue()
    const visitor = new Visitor()
    await visitor.submit(path, 'code')
    const entered = await visitor.submit(path, 'bestaetigen', { code: await codeFor(number) })
    assert.notInclude(entered.headers.getSetCookie()[0]!.toLowerCase(), 'max-age')
  })

  test('that is wrong says how many tries are left, and ends at the fifth', async ({
    assert,
    cleanup,
  }) => {
    const { issue, codeFor } = await servedLinks({ cleanup })
    const { path, number } = await issue()
    const visitor = new Visitor()
    await visitor.submit(path, 'code')
    const right = await codeFor(number)
    const code = right === '111111' ? '222222' : '111111'
    for (const words of ['noch 4 Versuche', 'noch 3', 'noch 2', 'noch einen', 'zu oft versucht']) {
      const response = await visitor.submit(path, 'bestaetigen', { code })
      assert.equal(response.status, 422)
      assert.include(await response.text(), words)
    }
    assert.include(await visitor.page(path), `action="${path}/code"`)
    assert.notInclude(await visitor.page(path), `action="${path}/bestaetigen"`)
  })

  test('is sent five times an hour', async ({ assert, cleanup }) => {
    const { issue } = await servedLinks({ cleanup })
    const { path } = await issue()
    const visitor = new Visitor()
    const statuses: number[] = []
    for (let count = 0; count < 6; count++) {
      const response = await visitor.submit(path, 'code')
      statuses.push(response.status)
    }
    assert.deepEqual(statuses, [303, 303, 303, 303, 303, 429])
  })
})

test.group('forms', () => {
  test('lead back to the page when their address is loaded: {action}')
    .with([{ action: 'code' }, { action: 'bestaetigen?sprache=en' }, { action: 'anfragen' }])
    .run(async ({ assert, cleanup }, { action }) => {
      const { issue } = await servedLinks({ cleanup })
      const { path } = await issue()
      const response = await new Visitor().get(`${path}/${action}`)
      assert.equal(response.status, 303)
      assert.equal(response.headers.get('location'), path)
    })

  test('that were not made for this visitor do nothing: {action}')
    .with([
      { action: 'code' },
      { action: 'bestaetigen' },
      { action: 'herunterladen' },
      { action: 'anfragen' },
    ])
    .run(async ({ assert, cleanup }, { action }) => {
      const { issue, codeFor } = await servedLinks({ cleanup })
      const { path, number } = await issue()
      const other = await issue()
      const owner = new Visitor()
      await owner.submit(path, 'code')
      await owner.submit(path, 'bestaetigen', { code: await codeFor(number) })
      const foreign = formOf(await new Visitor().page(other.path))
      const stranger = formOf(await new Visitor().page(path))
      const before = await everything()
      for (const form of [undefined, '', foreign, stranger, 'x'.repeat(43)]) {
        const response = await owner.post(`${path}/${action}`, {
          ...(form === undefined ? {} : { form }),
          file: '1',
          code: '123456',
          address: 'a@b.example',
        })
        assert.equal(response.status, 303)
        assert.equal(response.headers.get('location'), path)
      }
      assert.equal(await everything(), before)
    })

  test('of revoked links are the one 404', async ({ assert, cleanup }) => {
    const { issue, links } = await servedLinks({ cleanup })
    const { path, id } = await issue()
    const form = formOf(await new Visitor().page(path))
    await links.revoke({ id }, 1)
    for (const action of ['code', 'bestaetigen', 'herunterladen', 'anfragen']) {
      const response = await new Visitor().post(`${path}/${action}`, { form })
      assert.equal(response.status, 404)
    }
  })
})

test.group('an expired link', () => {
  test('says so, and tells the sender once a day', async ({ assert, cleanup }) => {
    const { issue, clock } = await servedLinks({ cleanup })
    const { path } = await issue()
    clock.at += 31 * DAY
    const before = await db.from('outbox').where('kind', 'link_wanted')
    const visitor = new Visitor()
    const page = await visitor.get(path)
    assert.equal(page.status, 410)
    const html = await page.text()
    assert.include(html, 'Neuen Link anfordern')
    const asked = await visitor.submit(path, 'anfragen')
    assert.equal(asked.status, 303)
    const after = await visitor.page(path)
    assert.include(after, 'Der Absender wurde am')
    assert.notInclude(after, `action="${path}/anfragen"`)
    await visitor.post(`${path}/anfragen`, { form: formOf(html) })
    assert.lengthOf(await db.from('outbox').where('kind', 'link_wanted'), before.length + 1)
  })

  test('that is held by another is asked for with an address', async ({ assert, cleanup }) => {
    const { issue } = await servedLinks({ cleanup })
    const { path } = await issue()
    const visitor = new Visitor()
    const bad = await visitor.submit(path, 'anfragen', { address: 'nobody' })
    assert.equal(bad.status, 422)
    assert.include(await bad.text(), 'keine vollständige E-Mail-Adresse')
    const good = await visitor.submit(path, 'anfragen', { address: 'kollege@example.net' })
    assert.equal(good.status, 303)
    assert.include(await visitor.page(path), 'Der Absender wurde am')
  })
})
