import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { randomUUID } from 'node:crypto'
import type { NewAccount } from '#accounts'
import { Vaults } from '#vault'
import { lettersTo, mailedLink } from '#tests/mailed_links'
import { FIRM, staff } from '#tests/seeded_mail'
import { freshPerson, PASSWORD, signedIn, Visitor } from '#tests/visitor'

const client = () => `client-${randomUUID()}@example.net`
const form = (more = {}) => ({
  full_name: 'Carla Client',
  username: `c${randomUUID().slice(0, 12)}`,
  password: PASSWORD,
  sprache: 'de',
  ...more,
})

/** A vault of somebody who is signed in. */
async function vaultOf(more: { role?: 'staff' | 'administrator'; fullName?: string } = {}) {
  const owner = await staff(more)
  const vaults = await app.container.make(Vaults)
  const { id, fullName: name, role } = owner.person
  const access = await vaults.create({ id, name, role, mailboxes: [] }, { name: 'Mandant Meier' })
  const page = `/webtresore/${access.vault.number}/mitglieder`
  const invite = (adresse: string, fields = {}) =>
    owner.visitor.submit(page, { adresse, rolle: 'contributor', sprache: 'de', ...fields })
  /** Lets somebody in who has an account. */
  async function member(rolle: string, as: Partial<NewAccount> = {}) {
    const made = await signedIn(as)
    await invite(made.person.email, { rolle })
    return made
  }
  return { ...owner, vaults, access, vault: access.vault, page, invite, member }
}

const roleIn = async (vault: number, user: number) =>
  (await db.from('memberships').where({ vault_id: vault, user_id: user }).first())?.role

test.group('invitation into a vault', () => {
  test('the invited registers, is signed in anew and lands in the vault, once', async ({
    assert,
  }) => {
    const { invite, vault, visitor, page } = await vaultOf({ fullName: 'Anna Berger' })
    const email = client()
    await invite(email, { worte: 'Bitte bis Freitag <b>ablegen</b>.' })
    const listed = await visitor.page(page)
    assert.include(listed, `Die Einladung an ${email} ist unterwegs`)
    assert.include(listed, 'Neu senden')

    const path = await mailedLink(email)
    const guest = new Visitor()
    const shown = await guest.get(path)
    assert.equal(shown.status, 200)
    assert.equal(shown.headers.get('referrer-policy') ?? 'meta', 'meta')
    const text = await shown.text()
    for (const words of [
      'Anna Berger',
      'Mandant Meier',
      '&lt;b&gt;ablegen&lt;',
      email,
      'no-referrer',
    ]) {
      assert.include(text, words)
    }
    const before = guest.cookies.get('webtresor')
    const sent = await guest.submit(path, {
      ...form(),
      rolle: 'owner',
      role: 'administrator',
      email: 'boss@example.net',
    })
    assert.equal(sent.headers.get('location'), `/webtresore/${vault.number}`)
    assert.notEqual(guest.cookies.get('webtresor'), before)
    assert.include(await guest.page(`/webtresore/${vault.number}`), 'Willkommen im Webtresor')
    const row = await db.from('users').where('email', email).firstOrFail()
    assert.deepInclude(row, { role: 'client', full_name: 'Carla Client', locale: 'de' })
    assert.equal(await roleIn(vault.id, row.id), 'contributor')

    for (const late of [new Visitor(), guest]) {
      const again = await late.get(path)
      assert.equal(again.status, 410)
      assert.include(await again.text(), 'schon benutzt')
    }
  })

  test('says at the field what is wrong, keeps the rest but the password, and the link stays good', async ({
    assert,
  }) => {
    const { invite } = await vaultOf()
    const email = client()
    await invite(email)
    const path = await mailedLink(email)
    const guest = new Visitor()
    for (const [wrong, field, words] of [
      [{ password: 'zu kurz' }, 'password', 'mindestens 12 Zeichen'],
      [{ password: 'passwordpassword' }, 'password', 'Passwort'],
      [{ username: 'a@b' }, 'username', ''],
      [{ full_name: '' }, 'full_name', ''],
    ] as const) {
      const response = await guest.submit(path, form({ username: 'carla.client', ...wrong }))
      assert.equal(response.headers.get('location'), path)
      const page = await guest.page(path)
      assert.match(page, new RegExp(`id="field-${field}"[^>]*aria-invalid="true"`), field)
      assert.include(page, words)
      assert.notInclude(page, 'zu kurz')
    }
    assert.lengthOf(await db.from('users').where('email', email), 0)
    assert.equal((await guest.submit(path, form())).status, 302)
    assert.isTrue(await guest.isSignedIn())
  })

  test('needs the token of its form', async ({ assert }) => {
    const { invite, page, visitor } = await vaultOf()
    const email = client()
    await invite(email)
    const path = await mailedLink(email)
    const guest = new Visitor()
    await guest.get(path)
    await guest.request(path, { method: 'POST', body: new URLSearchParams(form()) })
    assert.lengthOf(await db.from('users').where('email', email), 0)
    const other = client()
    const body = new URLSearchParams({ adresse: other, rolle: 'reader', sprache: 'de' })
    await visitor.request(page, { method: 'POST', body })
    assert.equal(await lettersTo(other), 0)
  })

  test('unknown, malformed and foreign links are one page', async ({ assert }) => {
    const { invite } = await vaultOf()
    const email = client()
    await invite(email)
    const token = (await mailedLink(email)).split('/').at(-1)!
    const pages = []
    for (const path of [`/einladung/${'A'.repeat(43)}`, '/einladung/x', `/registrieren/${token}`]) {
      const visitor = new Visitor()
      const response = await visitor.get(path)
      assert.equal(response.status, 404, path)
      pages.push(await response.text())
      const signIn = await visitor.page('/anmelden')
      const csrf = /name='_csrf' value='([^']+)'/.exec(signIn)![1]!
      const body = new URLSearchParams({ _csrf: csrf, username: 'x', password: PASSWORD })
      const sent = await visitor.request(path, { method: 'POST', body })
      assert.equal(sent.status, 404)
    }
    const bare = pages.map((page) => page.replace(/"\?[^"]*"|nonce="[^"]*"/g, ''))
    assert.equal(bare[0], bare[1])
    assert.equal(bare[0], bare[2])
  })

  test('sent anew the old link ends, taken back every link does', async ({ assert }) => {
    const { invite, visitor, page } = await vaultOf()
    const email = client()
    await invite(email)
    const first = await mailedLink(email)
    const id = /einladungen\/([0-9a-f-]{36})\/senden/.exec(await visitor.page(page))![1]!
    const base = page.replace('/mitglieder', `/einladungen/${id}`)
    await db.from('outbox').where('recipient', email).delete()
    await visitor.submit(page, {}, `${base}/senden`)
    const second = await mailedLink(email)
    assert.equal((await new Visitor().get(first)).status, 404)
    assert.equal((await new Visitor().get(second)).status, 200)
    await visitor.submit(page, {}, `${base}/widerrufen`)
    const closed = await new Visitor().get(second)
    assert.equal(closed.status, 410)
    assert.include(await closed.text(), 'zurückgenommen')
    await visitor.submit(page, {}, `${base}/senden`)
    assert.include(await visitor.page(page), 'nicht mehr offen')
  })

  test('who registered meanwhile accepts with his account, and signs in to enter', async ({
    assert,
  }) => {
    const { invite, vault } = await vaultOf()
    const email = client()
    await invite(email)
    const path = await mailedLink(email)
    const person = await freshPerson({ email })
    const guest = new Visitor()
    assert.include(await guest.page(path), 'gibt es schon ein Konto')
    const sent = await guest.submit(path, {})
    assert.equal(sent.headers.get('location'), '/anmelden')
    assert.isFalse(await guest.isSignedIn(), 'a link alone signs no account in')
    assert.equal(await roleIn(vault.id, person.id), 'contributor')
    const entered = await guest.signIn(person)
    assert.equal(entered.headers.get('location'), `/webtresore/${vault.number}`)
  })

  test('names cannot become headers of the mail', async ({ assert }) => {
    const { invite } = await vaultOf({ fullName: 'Anna "Bcc: x@y.example" <Berger>' })
    const email = client()
    await invite(email, { worte: 'eins\r\n.\r\nBcc: z@y.example' })
    const letters = await db.from('outbox').where('recipient', email)
    assert.lengthOf(letters, 1)
    assert.notMatch(letters[0].subject, /[\r\n]/)
    assert.notMatch(letters[0].body_text, /^(\.|Bcc:)/m)
  })
})

test.group('members of a vault', () => {
  test('role, end, removal, leaving, handing over', async ({ assert }) => {
    const { vault, visitor, page, person, member } = await vaultOf()
    const editor = await member('editor', { fullName: 'Erik Editor' })
    assert.include(await visitor.page(page), 'ist jetzt Mitglied')
    await visitor.submit(
      page,
      { rolle: 'reader', bis: '2099-12-31' },
      `${page}/${editor.person.id}`
    )
    assert.equal(await roleIn(vault.id, editor.person.id), 'reader')
    assert.include(await visitor.page(page), '31.12.2099')
    const seen = await editor.visitor.page(page)
    assert.include(seen, 'Leser')
    assert.notInclude(seen, person.email, 'addresses are for who manages')
    assert.notInclude(seen, '/entfernen')

    await visitor.submit(page, { mitglied: String(editor.person.id) }, `${page}/uebergeben`)
    assert.equal(await roleIn(vault.id, editor.person.id), 'owner')
    assert.equal(await roleIn(vault.id, person.id), 'editor')
    await visitor.submit(page, {}, `${page}/${editor.person.id}/entfernen`)
    assert.equal(await roleIn(vault.id, editor.person.id), 'owner')
    const left = await visitor.submit(page, {}, `${page}/verlassen`)
    assert.equal(left.headers.get('location'), '/webtresore')
    assert.equal((await visitor.get(page)).status, 404)
    await editor.visitor.submit(page, {}, `${page}/verlassen`)
    assert.equal(await roleIn(vault.id, editor.person.id), 'owner', 'no vault is left alone')
  })

  test('in every role but the owner’s nothing is changed: {$self}')
    .with(['editor', 'contributor', 'reader'])
    .run(async ({ assert }, role) => {
      const { vault, page, member, person } = await vaultOf()
      const other = await member('reader')
      const { visitor, person: own } = await member(role)
      const csrf = /name='_csrf' value='([^']+)'/.exec(await visitor.page(page))![1]!
      const act = (path: string, fields = {}) =>
        visitor.request(path, {
          method: 'POST',
          body: new URLSearchParams({ _csrf: csrf, ...fields }),
        })
      const email = client()
      await act(page, { adresse: email, rolle: 'reader', sprache: 'de' })
      await act(`${page}/${own.id}`, { rolle: 'editor' })
      await act(`${page}/${other.person.id}/entfernen`)
      await act(`${page}/${person.id}/entfernen`)
      await act(`${page}/uebergeben`, { mitglied: String(own.id) })
      assert.equal(await lettersTo(email), 0)
      assert.equal(await roleIn(vault.id, own.id), role)
      assert.equal(await roleIn(vault.id, other.person.id), 'reader')
      assert.equal(await roleIn(vault.id, person.id), 'owner')
      assert.lengthOf(await db.from('invitations').where('vault_id', vault.id), 0)
    })

  test('a vault that is not his looks like none: {$self}')
    .with(['administrator', 'staff', 'client', 'auditor'] as const)
    .run(async ({ assert }, role) => {
      const { page, invite, person, visitor: owner } = await vaultOf()
      const email = client()
      await invite(email)
      const id = /einladungen\/([0-9a-f-]{36})\/senden/.exec(await owner.page(page))![1]!
      const { visitor } = await signedIn({ role })
      assert.equal((await visitor.get(page)).status, 404)
      const base = page.replace('/mitglieder', `/einladungen/${id}`)
      for (const [path, fields] of [
        [page, { adresse: client(), rolle: 'editor', sprache: 'de' }],
        [`${page}/${person.id}`, { rolle: 'reader' }],
        [`${page}/${person.id}/entfernen`, {}],
        [`${page}/verlassen`, {}],
        [`${page}/uebergeben`, { mitglied: '1' }],
        [`${base}/senden`, {}],
        [`${base}/widerrufen`, {}],
      ] as const) {
        const response = await visitor.submit('/webtresore', fields as Record<string, string>, path)
        assert.equal(response.status, 404, path)
      }
      assert.isNull((await db.from('invitations').where({ id }).firstOrFail()).revoked_at)
    })
})

test.group('staff sign-up', () => {
  test('answers every address alike, mails only those of the firm, and makes staff with their mailbox', async ({
    assert,
  }) => {
    const { person } = await staff()
    const fresh = `neu-${randomUUID()}@${FIRM}`
    const foreign = client()
    const answers = []
    for (const email of [fresh, person.email, foreign]) {
      const response = await new Visitor().submit('/registrieren', { email })
      assert.equal(response.status, 200)
      answers.push((await response.text()).replace(/nonce="[^"]*"/g, ''))
    }
    assert.equal(answers[0], answers[1])
    assert.equal(answers[0], answers[2])
    assert.equal(await lettersTo(foreign), 0)
    assert.lengthOf(
      await db.from('outbox').where({ recipient: person.email, kind: 'has_account' }),
      1
    )

    const path = await mailedLink(fresh)
    const visitor = new Visitor()
    assert.equal((await visitor.get(path.replace('registrieren', 'einladung'))).status, 404)
    const sent = await visitor.submit(path, { ...form(), role: 'administrator' })
    assert.equal(sent.headers.get('location'), '/')
    const row = await db.from('users').where('email', fresh).firstOrFail()
    assert.equal(row.role, 'staff')
    assert.equal((await visitor.get('/archiv')).status, 200)
    assert.lengthOf(await db.from('mailboxes').where({ user_id: row.id, address: fresh }), 1)
  })

  test('sends one address no more than three letters an hour, and says nothing of it', async ({
    assert,
  }) => {
    await staff()
    const email = `oft-${randomUUID()}@${FIRM}`
    for (let nth = 0; nth < 5; nth++) {
      const response = await new Visitor().submit('/registrieren', { email })
      assert.equal(response.status, 200)
    }
    assert.equal(await lettersTo(email), 3)
    const keys = await db.from('rate_limits').select('key')
    assert.notInclude(JSON.stringify(keys), email)
  })
})
