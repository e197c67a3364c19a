import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { PasswordResets } from '#accounts'
import { freshPerson, PASSWORD, signedIn, Visitor } from '#tests/visitor'
import { appCode, forgetAttempts, letters, withOneTimePassword } from './own_account.ts'

const NEXT = 'grüne Gießkanne im Hof'

/** The link in the mail, which is written after the answer. */
async function resetPath(email: string): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const [letter] = await letters(email, 'reset_requested')
    if (letter) return /\/passwort\/[\w-]+/.exec(letter.body_text)![0]
    await pause(20)
  }
  throw new Error('No link came')
}

/** What the page says after a request, without what differs anyhow. */
async function answerFor(login: string) {
  const visitor = new Visitor()
  const response = await visitor.submit('/passwort-vergessen', { email: login })
  const page = await visitor.page('/passwort-vergessen')
  return {
    status: response.status,
    to: response.headers.get('location'),
    page: page.replace(/name='_csrf' value='[^']*'/g, '').replace(/nonce="[^"]*"/g, ''),
  }
}

test.group('a forgotten password', (group) => {
  group.each.setup(forgetAttempts)

  test('gets the same answer whoever asks, and says that mail is held', async ({ assert }) => {
    const person = await freshPerson()
    const known = await answerFor(person.email)
    assert.equal(known.status, 302)
    assert.include(known.page, 'Gibt es zu dieser Angabe ein Konto')
    assert.include(known.page, 'verschickt zurzeit keine Mails')
    for (const login of [`${randomUUID()}@people.example`, randomUUID(), '"><b>', "' OR 1=1"]) {
      assert.deepEqual(await answerFor(login), known, login)
    }
  })

  test('is answered before anybody is looked up: the time tells nothing', async ({
    assert,
    cleanup,
  }) => {
    const answered: number[] = []
    const resets = await app.container.make(PasswordResets)
    const never = {
      request: (...asked: Parameters<PasswordResets['request']>) => resets.request(...asked),
      answer(id: number) {
        answered.push(id)
        return new Promise<void>(() => {})
      },
      isOpen: (token: string) => resets.isOpen(token),
    }
    app.container.swap(PasswordResets, () => never as unknown as PasswordResets)
    cleanup(() => app.container.restore(PasswordResets))
    const person = await freshPerson()
    assert.equal((await answerFor(person.email)).status, 302)
    for (let tries = 0; tries < 100 && answered.length === 0; tries++) await pause(20)
    assert.lengthOf(answered, 1)

    // The process that was asked dies here. Another one's sweep finds what it had written down.
    assert.isEmpty(await letters(person.email, 'reset_requested'))
    await Promise.all([resets.sweep(), resets.sweep()])
    assert.lengthOf(await letters(person.email, 'reset_requested'), 1)
    await resets.answer(answered[0]!)
    assert.lengthOf(await letters(person.email, 'reset_requested'), 1)
  })

  test('is replaced by the link, once; sessions end, and the second factor is asked as ever', async ({
    assert,
  }) => {
    const { visitor, person } = await signedIn()
    const { secret } = await withOneTimePassword(person)
    await new Visitor().submit('/passwort-vergessen', { email: person.email })
    const path = await resetPath(person.email)
    const browser = new Visitor()
    const shown = await browser.get(path)
    assert.equal(shown.headers.get('referrer-policy'), 'no-referrer')
    assert.equal(shown.headers.get('cache-control'), 'no-store')
    assert.notInclude(await shown.text(), person.email)
    await browser.submit(path, { password: 'passwort1234' })
    assert.include(await browser.page(path), 'zu bekannt')

    const done = await browser.submit(path, { password: NEXT })
    assert.equal(done.headers.get('location'), '/anmelden')
    assert.isFalse(await browser.isSignedIn(), 'the link alone signs nobody in')
    assert.isFalse(await visitor.isSignedIn())
    const again = await browser.get(path)
    assert.equal(again.status, 404)

    const old = await new Visitor().signIn(person, PASSWORD)
    assert.equal(old.status, 400)
    const next = await browser.signIn(person, NEXT)
    assert.equal(next.headers.get('location'), '/anmelden/einmalpasswort')
    await browser.submit('/anmelden/einmalpasswort', { code: appCode(secret, 1) })
    assert.isTrue(await browser.isSignedIn())
  })

  test('is not asked for without end', async ({ assert }) => {
    const person = await freshPerson()
    const visitor = new Visitor()
    for (let request = 0; request < 6; request++) {
      await visitor.submit('/passwort-vergessen', { email: person.email })
    }
    assert.include(await visitor.page('/passwort-vergessen'), 'Zu viele Versuche')
    await pause(300)
    assert.isAtMost((await letters(person.email, 'reset_requested')).length, 4)
  })

  test('sign-in leads to no other site afterwards', async ({ assert }) => {
    for (const path of [
      '//evil.example/',
      '/\\evil.example',
      '/%5cevil.example',
      '/profil?x=//e',
    ]) {
      const visitor = new Visitor()
      await visitor.get(path).catch(() => undefined)
      const response = await visitor.signIn(await freshPerson())
      assert.match(response.headers.get('location')!, /^\/(?![/\\])/, path)
    }
  })
})
