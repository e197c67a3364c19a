import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { Accounts } from '#accounts'
import { PASSWORD, Visitor } from '#tests/visitor'

const form = {
  full_name: 'Chris Chef',
  email: 'chef@setup.example',
  password: PASSWORD,
  domain: 'setup.example',
}

async function setupPage(): Promise<string> {
  const accounts = await app.container.make(Accounts)
  return `/einrichten/${await accounts.createSetupLink()}`
}

test.group('set-up page', (group) => {
  // As on a new installation, whatever ran before in this process.
  group.setup(async () => {
    await db.from('users').where('role', 'administrator').update({ role: 'auditor' })
  })

  test('is closed for a wrong token', async ({ assert }) => {
    const open = await setupPage()
    const visitor = new Visitor()
    const page = await visitor.get('/einrichten/falsch')
    assert.equal(page.status, 404)
    assert.include(await page.text(), 'gilt nicht mehr')
    const sent = await visitor.submit(open, form, '/einrichten/falsch')
    assert.equal(sent.status, 404)
  })

  test('says at the field what is wrong, and keeps the rest but the password', async ({
    assert,
  }) => {
    const page = await setupPage()
    const visitor = new Visitor()
    const response = await visitor.submit(page, { ...form, password: 'zu kurz' })
    assert.equal(response.headers.get('location'), page)
    const shown = await visitor.page(page)
    assert.match(shown, /id="field-password"[^>]*aria-invalid="true"/)
    assert.include(shown, 'mindestens 12 Zeichen')
    assert.include(shown, 'value="chef@setup.example"')
    assert.notInclude(shown, 'zu kurz')
  })

  test('makes the administrator, signs in, and works once', async ({ assert }) => {
    const page = await setupPage()
    const visitor = new Visitor()
    const response = await visitor.submit(page, form)
    assert.equal(response.headers.get('location'), '/')
    assert.isTrue(await visitor.isSignedIn())
    const row = await db.from('users').where('email', form.email).firstOrFail()
    assert.equal(row.role, 'administrator')
    const again = await visitor.get(page)
    assert.equal(again.status, 404)
  })
})
