import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { SecondFactors, Sessions } from '#accounts'
import { freshPerson, PASSWORD, signedIn, Visitor } from '#tests/visitor'
import {
  appCode,
  forgetAttempts,
  halfSignedIn,
  letters,
  withOneTimePassword,
} from './own_account.ts'

const PAGE = '/anmelden/einmalpasswort'

test.group('a second factor', (group) => {
  group.each.setup(forgetAttempts)

  test('is asked after the password; before it is shown nothing else opens', async ({ assert }) => {
    const { visitor, person, answer, secret } = await halfSignedIn()
    assert.equal(answer.headers.get('location'), PAGE)
    for (const path of ['/', '/profil', '/profil/einmalpasswort', '/webtresore', '/verwaltung']) {
      const response = await visitor.get(path)
      assert.equal(response.headers.get('location'), '/anmelden', path)
    }
    assert.isFalse(await visitor.isSignedIn())
    const sessions = await app.container.make(Sessions)
    assert.lengthOf(await sessions.of(person.id), 1, 'the browser that is not through is no device')

    const before = visitor.cookies.get('webtresor')
    const response = await visitor.submit(PAGE, { code: appCode(secret, 1) })
    assert.equal(response.headers.get('location'), '/verwaltung', 'the last page that was wanted')
    assert.notEqual(visitor.cookies.get('webtresor'), before)
    assert.isTrue(await visitor.isSignedIn())
  })

  test('leads back to the page one wanted, and says why nobody stays signed in', async ({
    assert,
  }) => {
    const person = await freshPerson()
    const { secret } = await withOneTimePassword(person)
    const visitor = new Visitor()
    await visitor.get('/profil/sitzungen')
    await visitor.submit('/anmelden', {
      email: person.email,
      password: PASSWORD,
      remember: '1',
    })
    const response = await visitor.submit(PAGE, { code: appCode(secret, 1) })
    assert.equal(response.headers.get('location'), '/profil/sitzungen')
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith('webtresor='))!
    assert.notMatch(cookie, /Max-Age/i)
    assert.include(await visitor.page('/profil/sitzungen'), 'Sie bleiben auf diesem Gerät nicht')
  })

  test('refuses a wrong, an old and a replayed code; a recovery code lets in once', async ({
    assert,
  }) => {
    const { visitor, person, secret, codes } = await halfSignedIn()
    for (const code of [appCode(secret), '000000', codes[0]!.slice(1)]) {
      const response = await visitor.submit(PAGE, { code })
      assert.equal(response.status, 400, code)
    }
    await visitor.submit(PAGE, { code: codes[0]! })
    assert.isTrue(await visitor.isSignedIn())
    assert.lengthOf(await letters(person.email, 'code_used'), 1)

    const other = new Visitor()
    await other.signIn(person)
    const replayed = await other.submit(PAGE, { code: codes[0]! })
    assert.equal(replayed.status, 400)
    assert.isFalse(await other.isSignedIn())
  })

  test('makes a guesser of codes wait, whoever he is; the password does not make him forgotten', async ({
    assert,
  }) => {
    const { visitor, person, secret } = await halfSignedIn()
    let status = 400
    for (let guess = 0; guess < 12 && status === 400; guess++) {
      status = (await visitor.submit(PAGE, { code: String(100_000 + guess) })).status
    }
    assert.equal(status, 429)
    const again = new Visitor()
    await again.signIn(person)
    const refused = await again.submit(PAGE, { code: appCode(secret, 1) })
    assert.equal(refused.status, 429)
    assert.isAbove(Number(refused.headers.get('retry-after')), 0)
    assert.isFalse(await again.isSignedIn())
  })

  test('needs the token of its form, and ends with the account', async ({ assert }) => {
    const { visitor, person, secret } = await halfSignedIn()
    const body = new URLSearchParams({ code: appCode(secret, 1) })
    await visitor.request(PAGE, { method: 'POST', body })
    assert.isFalse(await visitor.isSignedIn())
    await db.from('users').where('id', person.id).update({ disabled_at: 1 })
    const gone = await visitor.get(PAGE)
    assert.equal(gone.headers.get('location'), '/anmelden')
  })

  test('ends sessions that were begun without it, and nobody stays signed in for 30 days', async ({
    assert,
  }) => {
    const person = await freshPerson()
    const [visitor, other] = [new Visitor(), new Visitor()]
    const fields = { email: person.email, password: PASSWORD, remember: '1' }
    await visitor.submit('/anmelden', fields)
    await other.submit('/anmelden', fields)
    const enrolment = await visitor.page('/profil/einmalpasswort')
    const secret = /<p class="mono">([A-Z2-7 ]+)<\/p>/.exec(enrolment)![1]!.replaceAll(' ', '')
    const done = await visitor.submit('/profil/einmalpasswort', { code: appCode(secret) })
    const cookie = done.headers.getSetCookie().find((line) => line.startsWith('webtresor='))!
    assert.notMatch(cookie, /Max-Age/i)
    assert.isFalse(await other.isSignedIn())
    assert.isTrue(await visitor.isSignedIn())
    const sessions = await app.container.make(Sessions)
    assert.deepEqual(
      (await sessions.of(person.id)).map(({ remembered }) => remembered),
      [false]
    )
  })

  test('that a role needs is set up first, and nothing else opens', async ({ assert, cleanup }) => {
    const factors = await app.container.make(SecondFactors)
    const { visitor, person } = await signedIn({ role: 'auditor' })
    await factors.requireFactor('auditor', true, person.id)
    cleanup(async () => void (await factors.requireFactor('auditor', false, person.id)))
    for (const path of ['/', '/profil', '/profil/sitzungen']) {
      const response = await visitor.get(path)
      assert.equal(response.headers.get('location'), '/profil/sicherheit', path)
    }
    assert.include(await visitor.page('/profil/sicherheit'), 'Sichern Sie Ihre Anmeldung')
    const enrolment = await visitor.page('/profil/einmalpasswort')
    const secret = /<p class="mono">([A-Z2-7 ]+)<\/p>/.exec(enrolment)![1]!.replaceAll(' ', '')
    assert.match(enrolment, /<img class="qr" src="data:image\/svg\+xml;base64,/)
    const done = await visitor.submit('/profil/einmalpasswort', { code: appCode(secret) })
    const shown = await done.text()
    assert.match(shown, /(<li>[a-z2-9]{4}(-[a-z2-9]{4}){3}<\/li>\s*){10}/)
    assert.include(shown, 'href="/profil/sitzungen"', 'where the person wanted to go')
    assert.equal(done.headers.get('cache-control'), 'no-store')
    assert.equal((await visitor.get('/profil')).status, 200)
    await visitor.submit('/profil/sicherheit', {}, '/profil/einmalpasswort/entfernen')
    assert.include(await visitor.page('/profil/sicherheit'), 'Das ist Ihr letzter zweiter Faktor')
    assert.isTrue(await factors.has(person.id))
  })
})
