import { test } from '@japa/runner'
import { randomUUID } from 'node:crypto'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { Sessions } from '#accounts'
import { freshPerson, PASSWORD, signedIn, Visitor } from '#tests/visitor'
import { forgetAttempts } from './own_account.ts'

const WRONG = 'falsch falsch falsch'

test.group('sign-in', (group) => {
  group.each.setup(forgetAttempts)

  test('takes the address as people type it, in a new session', async ({ assert }) => {
    const person = await freshPerson()
    const visitor = new Visitor()
    await visitor.get('/anmelden')
    const before = visitor.cookies.get('webtresor')
    const response = await visitor.signIn({ email: ` ${person.email.toUpperCase()}` })
    assert.equal(response.headers.get('location'), '/')
    assert.isString(before)
    assert.notEqual(visitor.cookies.get('webtresor'), before)
    assert.isTrue(await visitor.isSignedIn())

    const stale = new Visitor()
    stale.cookies.set('webtresor', before!)
    assert.isFalse(await stale.isSignedIn())
  })

  test('says the same to a wrong password and to an unknown address', async ({ assert }) => {
    const person = await freshPerson()
    const answer = async (email: string) => {
      const response = await new Visitor().signIn({ email }, WRONG)
      assert.equal(response.status, 400)
      const page = await response.text()
      return page.replaceAll(email, 'x').replace(/name='_csrf' value='[^']*'/g, '')
    }
    const known = await answer(person.email)
    assert.include(known, 'stimmen nicht')
    assert.equal(known, await answer(`${randomUUID()}@people.example`))
    const { username } = await freshPerson({ username: `anna-${randomUUID()}` })
    assert.equal(known, await answer(username!))
    assert.equal(known, await answer(randomUUID()))
  })

  test('shows what was typed as text, and never the password', async ({ assert }) => {
    const email = '"><script>alert(1)</script>'
    const response = await new Visitor().signIn({ email }, 'geheim geheim geheim')
    const page = await response.text()
    assert.notInclude(page, '<script>alert')
    assert.include(page, '&lt;script&gt;')
    assert.notInclude(page, 'geheim')
  })

  test('makes a guesser wait, though he guesses all at once, and then finds it', async ({
    assert,
  }) => {
    const person = await freshPerson()
    const visitors = Array.from({ length: 8 }, () => new Visitor())
    const burst = await Promise.all(visitors.map((visitor) => visitor.signIn(person, WRONG)))
    const statuses = burst.map((response) => response.status).sort()
    assert.deepEqual(statuses, [400, 400, 400, 400, 400, 400, 429, 429])

    const refused = await new Visitor().signIn(person, PASSWORD)
    assert.equal(refused.status, 429)
    const wait = Number(refused.headers.get('retry-after'))
    // Three were counted before the first of them began the pause: it may be the third's, of 20 s.
    assert.isTrue(wait >= 1 && wait <= 20, `waits ${wait} s`)
    assert.match(await refused.text(), /warten Sie (eine Sekunde|\d+ Sekunden)/)

    const keys = await db.from('rate_limits').select('key')
    assert.notInclude(JSON.stringify(keys), person.email)
  })

  test('counts guesses at an address and at its user name together', async ({ assert }) => {
    const person = await freshPerson({ username: `anna-${randomUUID()}` })
    const statuses = []
    for (const email of [person.email, person.username!, ` ${person.username!.toUpperCase()}`]) {
      for (let n = 0; n < 3; n++) {
        statuses.push((await new Visitor().signIn({ email }, WRONG)).status)
      }
    }
    assert.deepEqual(statuses.slice(0, 6), Array(6).fill(400))
    assert.deepEqual(statuses.slice(7), [429, 429])
  })

  test('lets others in who share the machine of a guesser', async ({ assert }) => {
    const victim = await freshPerson()
    for (let n = 0; n < 7; n++) await new Visitor().signIn(victim, WRONG)
    const { visitor } = await signedIn()
    assert.isTrue(await visitor.isSignedIn())
  })

  test('leads back to the page one wanted', async ({ assert }) => {
    const person = await freshPerson()
    const visitor = new Visitor()
    const sent = await visitor.get('/?seite=2')
    assert.match(sent.headers.get('location')!, /^\/anmelden/)
    const back = await visitor.signIn(person)
    assert.equal(back.headers.get('location'), '/?seite=2')
  })

  test('needs the token of its form', async ({ assert }) => {
    const person = await freshPerson()
    const visitor = new Visitor()
    await visitor.get('/anmelden')
    const body = new URLSearchParams({ email: person.email, password: PASSWORD })
    await visitor.request('/anmelden', { method: 'POST', body })
    assert.isFalse(await visitor.isSignedIn())
  })

  test('ends when the account is disabled', async ({ assert }) => {
    const { visitor, person } = await signedIn()
    await db.from('users').where('id', person.id).update({ disabled_at: Date.now() })
    const response = await visitor.get('/')
    assert.equal(response.headers.get('location'), '/anmelden')
    assert.isFalse(await visitor.isSignedIn())
    const again = await visitor.signIn(person)
    assert.equal(again.status, 400)
  })

  test('sign-out ends the session, also for a copy of its cookie', async ({ assert }) => {
    const { visitor } = await signedIn()
    const copy = new Visitor()
    copy.cookies.set('webtresor', visitor.cookies.get('webtresor')!)
    assert.isTrue(await copy.isSignedIn())
    const response = await visitor.submit('/webtresore', {}, '/abmelden')
    assert.equal(response.headers.get('location'), '/anmelden')
    assert.include(await visitor.page('/anmelden'), 'Sie sind abgemeldet')
    assert.isFalse(await copy.isSignedIn())
  })
})

test.group('sessions', (group) => {
  group.each.setup(forgetAttempts)

  test('that were ended are refused at once, and not written again by a request under way', async ({
    assert,
  }) => {
    const { visitor, person } = await signedIn()
    const sessions = await app.container.make(Sessions)
    const [own] = await sessions.of(person.id)
    assert.isTrue(await sessions.endOne(person.id, own!.key))
    const response = await visitor.get('/')
    assert.equal(response.headers.get('location'), '/anmelden')
    assert.deepEqual(await sessions.of(person.id), [])
  })

  test('are not taken over by who put a number into the browser before', async ({ assert }) => {
    const attacker = new Visitor()
    await attacker.get('/anmelden')
    const victim = new Visitor()
    victim.cookies.set('webtresor', attacker.cookies.get('webtresor')!)
    await victim.signIn(await freshPerson())
    assert.isTrue(await victim.isSignedIn())
    assert.isFalse(await attacker.isSignedIn())
  })

  test('go when the browser is closed, and their cookie is out of reach of scripts', async ({
    assert,
  }) => {
    const response = await new Visitor().signIn(await freshPerson())
    const cookie = response.headers.getSetCookie().find((line) => line.startsWith('webtresor='))!
    assert.match(cookie, /HttpOnly/i)
    assert.match(cookie, /SameSite=Lax/i)
    assert.notMatch(cookie, /Max-Age|Expires/i)
  })
})

test.group('pages', () => {
  test('speak {locale} to {header}')
    .with([
      { locale: 'de', header: 'fr, de;q=0.8', title: 'Anmeldung' },
      { locale: 'en', header: 'en-US,en;q=0.9', title: 'Sign in' },
      { locale: 'de', header: 'fr', title: 'Anmeldung' },
    ])
    .run(async ({ assert }, { locale, header, title }) => {
      const page = await new Visitor({ 'accept-language': header }).page('/anmelden')
      assert.include(page, `<html lang="${locale}">`)
      assert.include(page, `<h1>${title}</h1>`)
    })

  test('keep the language that was chosen by a link, also where nothing is', async ({ assert }) => {
    const visitor = new Visitor({ 'accept-language': 'de' })
    assert.include(await visitor.page('/anmelden?sprache=en&a=%26'), '<html lang="en">')
    const missing = await visitor.get('/gibt-es-nicht')
    assert.equal(missing.status, 404)
    assert.include(await missing.text(), 'There is no such page')
    assert.include(await visitor.page('/anmelden?sprache=%3Cb%3E'), '<html lang="en">')
  })

  test('forbid inline styles and scripts, frames and foreign sources', async ({ assert }) => {
    const response = await new Visitor().get('/anmelden')
    const policy = response.headers.get('content-security-policy')!
    assert.include(policy, "default-src 'none'")
    assert.notInclude(policy, 'unsafe-inline')
    assert.notMatch(await response.text(), / style=| on[a-z]+=|<style/)
  })
})
