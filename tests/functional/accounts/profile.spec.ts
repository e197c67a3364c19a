import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { Accounts, Sessions } from '#accounts'
import { freshPerson, PASSWORD, signedIn, Visitor } from '#tests/visitor'
import { forgetAttempts, letters, withOneTimePassword } from './own_account.ts'

const NEXT = 'grüne Gießkanne im Hof'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

/** Makes the quarter of an hour pass for all sessions of a person. */
async function forgetConfirmation(accountId: number) {
  for (const row of await db.from('sessions').where('account_id', accountId)) {
    const data = JSON.stringify({ ...JSON.parse(row.data), confirmed_at: 0 })
    await db.from('sessions').where('key', row.key).update({ data })
  }
}

test.group('a profile', (group) => {
  group.each.setup(forgetAttempts)

  test('changes name, user name and language; one signs in with it, and pages speak it', async ({
    assert,
  }) => {
    const { visitor, person } = await signedIn()
    const username = `anna-${person.id}`
    const changes = { full_name: 'Anna Roth', username, locale: 'en' }
    await visitor.submit('/profil', changes)
    const page = await visitor.page('/profil')
    assert.include(page, '<html lang="en">')
    assert.include(page, 'Your details are saved')
    assert.include(page, 'Anna Roth')

    const elsewhere = new Visitor()
    await elsewhere.signIn({ email: username.toUpperCase() })
    assert.include(await elsewhere.page('/profil'), '<html lang="en">')

    const { visitor: other } = await signedIn()
    await other.submit('/profil', { ...changes, full_name: 'X' })
    assert.match(await other.page('/profil'), /id="field-username"[^>]*aria-invalid="true"/)
  })

  test('changes the password with the old one, ends other sessions, and keeps this one under a new number', async ({
    assert,
  }) => {
    const { visitor, person } = await signedIn()
    const other = new Visitor()
    await other.signIn(person)
    const wrong = { old_password: 'falsch falsch', password: NEXT }
    await visitor.submit('/profil/sicherheit', wrong, '/profil/passwort')
    assert.match(await visitor.page('/profil/sicherheit'), /id="field-old_password"[^>]*invalid/)
    const weak = { old_password: PASSWORD, password: person.email }
    await visitor.submit('/profil/sicherheit', weak, '/profil/passwort')
    assert.include(await visitor.page('/profil/sicherheit'), 'fast nur aus Ihrem Namen')

    const before = visitor.cookies.get('webtresor')
    const right = { old_password: PASSWORD, password: NEXT }
    await visitor.submit('/profil/sicherheit', right, '/profil/passwort')
    assert.notEqual(visitor.cookies.get('webtresor'), before)
    assert.isTrue(await visitor.isSignedIn())
    assert.isFalse(await other.isSignedIn())
    assert.lengthOf(await letters(person.email, 'password_changed'), 1)
    const accounts = await app.container.make(Accounts)
    assert.isNotNull(await accounts.authenticate(person.email, NEXT))
  })

  test('is no place to guess the old password', async ({ assert }) => {
    const { visitor } = await signedIn()
    for (let guess = 0; guess < 8; guess++) {
      const fields = { old_password: `falsch falsch ${guess}`, password: NEXT }
      await visitor.submit('/profil/sicherheit', fields, '/profil/passwort')
    }
    const right = { old_password: PASSWORD, password: NEXT }
    await visitor.submit('/profil/sicherheit', right, '/profil/passwort')
    assert.include(await visitor.page('/profil/sicherheit'), 'Zu viele Versuche')
  })

  test('asks for the password again before factors are touched, in a new session', async ({
    assert,
  }) => {
    const { visitor, person } = await signedIn()
    await withOneTimePassword(person)
    await forgetConfirmation(person.id)
    for (const path of ['/profil/einmalpasswort', '/profil/passkey', '/profil/passkey/optionen']) {
      const response = await visitor.get(path)
      assert.equal(response.headers.get('location'), '/profil/bestaetigen', path)
    }
    await visitor.submit('/profil/sicherheit', {}, '/profil/einmalpasswort/entfernen')
    await visitor.submit('/profil/sicherheit', {}, '/profil/wiederherstellungscodes')
    assert.include(await visitor.page('/profil/sicherheit'), 'Einmalpasswort entfernen')

    const wrong = await visitor.submit('/profil/bestaetigen', { password: 'falsch falsch' })
    assert.equal(wrong.status, 400)
    await visitor.get('/profil/passkey')
    const before = visitor.cookies.get('webtresor')
    const right = await visitor.submit('/profil/bestaetigen', { password: PASSWORD })
    assert.equal(right.headers.get('location'), '/profil/passkey')
    assert.notEqual(visitor.cookies.get('webtresor'), before)
    await visitor.submit('/profil/sicherheit', {}, '/profil/einmalpasswort/entfernen')
    assert.include(await visitor.page('/profil/sicherheit'), 'Das Einmalpasswort ist entfernt')
  })

  test('shows where one is signed in, and ends one or all others; nobody else’s', async ({
    assert,
  }) => {
    const { visitor, person } = await signedIn()
    const fox = new Visitor({ 'user-agent': FIREFOX })
    const third = new Visitor()
    await fox.signIn(person)
    await third.signIn(person)
    const page = await visitor.page('/profil/sitzungen')
    assert.include(page, 'Firefox unter Linux')
    assert.include(page, 'Dieses Gerät')
    assert.include(page, '127.0.0.0/24')

    const sessions = await app.container.make(Sessions)
    const own = await sessions.of(person.id)
    const { key } = own.find(({ agent }) => agent === FIREFOX)!
    const { visitor: stranger } = await signedIn()
    await stranger.submit('/profil', {}, `/profil/sitzungen/${key}/beenden`)
    assert.isTrue(await fox.isSignedIn())
    await visitor.submit('/profil/sitzungen', {}, `/profil/sitzungen/${key}/beenden`)
    assert.isFalse(await fox.isSignedIn())
    assert.isTrue(await third.isSignedIn())
    await visitor.submit('/profil/sitzungen', {}, '/profil/sitzungen/beenden')
    assert.isFalse(await third.isSignedIn())
    assert.isTrue(await visitor.isSignedIn())
  })

  test('needs the token of its forms', async ({ assert }) => {
    const { visitor, person } = await signedIn()
    await withOneTimePassword(person)
    const forms = {
      '/profil': { full_name: 'Mallory' },
      '/profil/passwort': { old_password: PASSWORD, password: NEXT },
      '/profil/einmalpasswort/entfernen': {},
      '/profil/sitzungen/beenden': {},
    }
    for (const [path, fields] of Object.entries(forms)) {
      await visitor.request(path, { method: 'POST', body: new URLSearchParams(fields) })
    }
    const accounts = await app.container.make(Accounts)
    assert.equal((await accounts.authenticate(person.email, PASSWORD))?.fullName, 'Anna Berger')
    assert.lengthOf(await db.from('one_time_passwords').where('account_id', person.id), 1)
  })
})

test.group('staying signed in', (group) => {
  group.each.setup(forgetAttempts)

  test('lasts 30 days, in the cookie too, and survives a new number', async ({ assert }) => {
    const person = await freshPerson()
    const visitor = new Visitor()
    const fields = { email: person.email, password: PASSWORD, remember: '1' }
    const response = await visitor.submit('/anmelden', fields)
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith('webtresor='))!
    assert.match(cookie, /Max-Age=2592000/i)
    await visitor.submit('/profil/bestaetigen', { password: PASSWORD })
    const sessions = await app.container.make(Sessions)
    assert.deepEqual(
      (await sessions.of(person.id)).map(({ remembered }) => remembered),
      [true]
    )
  })

  test('a sign-in from a new device is told, from a known one not', async ({ assert }) => {
    const { visitor, person } = await signedIn()
    assert.lengthOf(await letters(person.email, 'new_device'), 1)
    await visitor.submit('/profil', {}, '/abmelden')
    await visitor.signIn(person)
    assert.lengthOf(await letters(person.email, 'new_device'), 1)
    await new Visitor({ 'user-agent': FIREFOX }).signIn(person)
    const [, second] = await letters(person.email, 'new_device')
    assert.include(second.body_text, 'Firefox unter Linux')
  })
})
