import { test } from '@japa/runner'
import router from '@adonisjs/core/services/router'
import db from '@adonisjs/lucid/services/db'
import { signedIn, Visitor } from '#tests/visitor'

/** Who may open these without an account, and why. Everything else leads to the sign-in page. */
const open: Record<string, string> = {
  'session.create': 'the sign-in page',
  'session.store': 'the sign-in itself',
  'session.passkey_options': 'the sign-in itself',
  'session.passkey': 'the sign-in itself',
  'reset.create': 'for who cannot sign in',
  'reset.store': 'for who cannot sign in',
  'reset.show': 'opened by the token of a mailed link',
  'reset.update': 'opened by the token of a mailed link',
  'setup.show': 'opened by a one-time token',
  'setup.store': 'opened by a one-time token',
  'invitations.show': 'opened by a mailed one-time token',
  'invitations.accept': 'opened by a mailed one-time token',
  'registrations.create': 'where staff ask for a link',
  'registrations.store': 'the asking; one answer for every address',
  'registrations.show': 'opened by a mailed one-time token',
  'registrations.accept': 'opened by a mailed one-time token',
  'links.show': 'opened by the token of a link',
  'links.requestCode': 'opened by the token of a link',
  'links.confirm': 'opened by the token of a link',
  'links.download': 'opened by the token of a link',
  'links.want': 'opened by the token of a link',
  'links.returnTicket': 'opened by the token of a link',
  'links.return': 'opened by the token of a link',
  'links.send': 'opened by a ticket',
  'links.back': 'leads back to the page of a link',
  'uploads.create': 'opened by a session or an upload ticket, and says so to programs',
  'uploads.one': 'opened by a session or an upload ticket, and says so to programs',
  'health.live': 'says only that the process runs',
  'health.ready': 'says only which part is there',
  'vaults.frame': 'the empty frame in which a preview is drawn',
  'metrics': 'opened by METRICS_TOKEN',
}

const uuid = '00000000-0000-4000-8000-000000000000'

test('without an account every route leads to the sign-in page, except those on the list', async ({
  assert,
}) => {
  const routes = Object.values(router.toJSON()).flat()
  assert.isAbove(routes.length, 5)
  const visitor = new Visitor()
  const form = await visitor.page('/anmelden')
  const token = /name='_csrf' value='([^']+)'/.exec(form)![1]!

  for (const { name, pattern, methods } of routes) {
    if (name && name in open) continue
    const path = pattern
      .replace(/:(link|invitation)\b/, uuid)
      .replace(/:\w+\??/g, '1')
      .replace('*', 'x')
    for (const method of methods) {
      const body = /GET|HEAD/.test(method) ? undefined : new URLSearchParams({ _csrf: token })
      const response = await visitor.request(path, { method, body })
      const answer = { status: response.status, to: response.headers.get('location') }
      assert.deepEqual(answer, { status: 302, to: '/anmelden' }, `${method} ${pattern}`)
    }
  }
})

test('an address that leads nowhere answers under the same content security policy', async ({
  assert,
}) => {
  const { headers, status } = await new Visitor().request('/nowhere/at-all')
  assert.equal(status, 404)
  assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'/)
  assert.equal(headers.get('x-frame-options'), 'DENY')
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
})

test('a form without the token of a page changes nothing, whatever method it calls itself', async ({
  assert,
}) => {
  const { visitor, person } = await signedIn({ role: 'staff' })
  for (const [path, fields] of [
    ['/webtresore', {}],
    ['/webtresore', { _method: 'GET' }],
    ['/webtresore?_method=PUT', {}],
    ['/profil', { _method: 'HEAD' }],
  ] as const) {
    const forged = { name: 'Untergeschoben', full_name: 'Untergeschoben', ...fields }
    await visitor.request(path, { method: 'POST', body: new URLSearchParams(forged) })
  }
  assert.isNull(await db.from('vaults').where('owner_id', person.id).first())
  const { full_name: name } = await db.from('users').where('id', person.id).firstOrFail()
  assert.equal(name, person.fullName)
})
