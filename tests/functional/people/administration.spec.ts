import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { randomUUID } from 'node:crypto'
import { Accounts, Directory, HouseRules } from '#accounts'
import { Ledger } from '#ledger'
import { lettersTo, mailedLink } from '#tests/mailed_links'
import { FIRM, staff } from '#tests/seeded_mail'
import { freshPerson, signedIn, Visitor, PASSWORD } from '#tests/visitor'

const administrator = () => staff({ role: 'administrator' })

async function lastConfigured() {
  const ledger = await app.container.make(Ledger)
  const rows = await db.from('ledger_entries').where('type', 'configured').max('index as last')
  const [entry] = await ledger.entries({ after: rows[0].last - 1, limit: 1 })
  return entry!.detail!
}

test.group('administration of people', () => {
  test('finds people by name, address and user name, pages by name', async ({ assert }) => {
    const { visitor } = await administrator()
    const tag = `Zz${randomUUID().slice(0, 8)}`
    const made = []
    for (let nth = 10; nth < 62; nth++) {
      made.push(await freshPerson({ fullName: `${tag} ${nth}`, username: `${tag}.${nth}` }))
    }
    const first = await visitor.page(`/verwaltung/personen?suche=${tag}`)
    const shows = (page: string, nth: number) => page.includes(`${tag} ${nth}<`)
    assert.isTrue(shows(first, 10) && shows(first, 59))
    assert.isFalse(shows(first, 60))
    const next = /href="(\/verwaltung\/personen\?[^"]*nach=\d+)"/.exec(first)![1]!
    const second = await visitor.page(next.replaceAll('&amp;', '&'))
    assert.isTrue(shows(second, 60) && shows(second, 61))
    assert.isFalse(shows(second, 59))
    for (const suche of [
      made[3]!.email.toUpperCase(),
      `${tag.toLowerCase()}.13`,
      `${made[3]!.email.slice(0, 8)} ${tag}`,
    ]) {
      const page = await visitor.page(`/verwaltung/personen?suche=${encodeURIComponent(suche)}`)
      assert.isTrue(shows(page, 13), suche)
      assert.isFalse(shows(page, 14), suche)
    }
    const odd = await visitor.page('/verwaltung/personen?suche=%25_&zustand=active')
    assert.include(odd, 'Niemand gefunden')
    const none = await visitor.page(`/verwaltung/personen?suche=${tag}&rolle=auditor`)
    assert.include(none, 'Niemand gefunden')
  })

  test('changes a role, disables and enables at once, signs out: each in the ledger', async ({
    assert,
  }) => {
    const boss = await administrator()
    const { visitor, person } = await signedIn({ email: `${randomUUID()}@${FIRM}` })
    const page = `/verwaltung/personen/${person.id}`
    const act = (verb: string, fields = {}) => boss.visitor.submit(page, fields, `${page}/${verb}`)

    await act('rolle', { rolle: 'staff' })
    assert.include(await boss.visitor.page(page), 'ist geändert')
    assert.deepInclude(await lastConfigured(), {
      what: 'role changed',
      account: person.id,
      from: 'client',
      to: 'staff',
      mailbox: true,
      by: boss.person.id,
    })
    assert.equal((await visitor.get('/archiv')).status, 200, 'old mail of his address is his')

    await act('sperren')
    assert.equal((await visitor.get('/')).headers.get('location'), '/anmelden')
    assert.lengthOf(await db.from('sessions').where('account_id', person.id), 0)
    assert.equal((await new Visitor().signIn(person)).status, 400)
    assert.deepInclude(await lastConfigured(), { what: 'account disabled', sessions: 1 })

    await act('entsperren')
    const again = new Visitor()
    assert.equal((await again.signIn(person, PASSWORD)).status, 302)
    await act('abmelden')
    assert.isFalse(await again.isSignedIn())
    assert.deepInclude(await lastConfigured(), { what: 'sessions ended', sessions: 1 })

    const wrong = await act('rolle', { rolle: 'root' })
    assert.equal(wrong.status, 302)
    assert.equal((await db.from('users').where('id', person.id).first()).role, 'staff')
  })

  test('an administrator changes nothing of his own', async ({ assert }) => {
    const { visitor, person } = await administrator()
    const page = `/verwaltung/personen/${person.id}`
    await visitor.submit(page, { rolle: 'client' }, `${page}/rolle`)
    assert.include(await visitor.page(page), 'andere Person der Verwaltung')
    await visitor.submit(page, {}, `${page}/sperren`)
    const row = await db.from('users').where('id', person.id).first()
    assert.equal(row.role, 'administrator')
    assert.isNull(row.disabled_at)
  })

  test('gives and ends a mailbox, tells who has it, and shows mail of that time only', async ({
    assert,
  }) => {
    const boss = await administrator()
    const { person: holder } = await staff()
    const { person: deputy } = await staff()
    const page = `/verwaltung/personen/${deputy.id}`
    const grund = 'Vertretung\r\nBcc: x@example.net'
    const give = (adresse: string, more = {}) =>
      boss.visitor.submit(
        page,
        { adresse, von: '2026-01-01', bis: '', grund, ...more },
        `${page}/postfaecher`
      )
    await give(holder.email.toUpperCase())
    const [letter] = await db
      .from('outbox')
      .where({ kind: 'mailbox_given', recipient: holder.email })
    assert.include(letter.body_text, 'Vertretung Bcc: x@example.net')
    assert.deepInclude(await lastConfigured(), {
      what: 'mailbox given',
      address: holder.email,
      from: '2025-12-31T23:00:00.000Z',
      until: null,
    })
    for (const [adresse, more, words] of [
      [holder.email, {}, 'in dieser Zeit schon'],
      ['fremd@example.net', {}, 'keiner Domain der Firma'],
      [`neu@${FIRM}`, { bis: '2025-01-01' }, 'vor dem Anfang'],
      ['keine', {}, 'keine vollständige E-Mail-Adresse'],
    ] as const) {
      await give(adresse, more)
      assert.include(await boss.visitor.page(page), words)
    }
    const directory = await app.container.make(Directory)
    const mailbox = (await directory.mailboxes(deputy.id)).at(-1)!
    await boss.visitor.submit(page, { bis: '2026-06-30' }, `${page}/postfaecher/${mailbox.id}/ende`)
    const accounts = await app.container.make(Accounts)
    const ended = (await accounts.mailboxesOf(deputy.id)).at(-1)!
    assert.equal(ended.untilAt?.toISOString(), '2026-06-30T22:00:00.000Z')
    const foreign = `/verwaltung/personen/${holder.id}/postfaecher/${mailbox.id}/ende`
    await boss.visitor.submit(page, { bis: '2026-12-31' }, foreign)
    assert.equal(
      (await accounts.mailboxesOf(deputy.id)).at(-1)!.untilAt?.getTime(),
      ended.untilAt?.getTime()
    )
  })

  test('domains come and go, the last one stays', async ({ assert }) => {
    const { visitor } = await administrator()
    const accounts = await app.container.make(Accounts)
    const page = '/verwaltung/domains'
    const domain = `d${randomUUID().slice(0, 8)}.example`
    await visitor.submit(page, { domain: domain.toUpperCase() })
    assert.isTrue(await accounts.isLocal(`a@${domain}`))
    assert.deepInclude(await lastConfigured(), { what: 'domain added', domain })
    await visitor.submit(page, { domain: 'kein name' })
    assert.include(await visitor.page(page), 'keine Mail-Domain')
    await visitor.submit(page, { domain }, `${page}/entfernen`)
    assert.isFalse(await accounts.isLocal(`a@${domain}`))
    assert.deepInclude(await lastConfigured(), { what: 'domain removed', domain })
  })

  test('rules for everybody', async ({ assert }) => {
    const { visitor, person } = await administrator()
    const page = '/verwaltung/personen'
    await visitor.submit(page, { tresore: 'everybody', speicher: '2.5' }, `${page}/regeln`)
    const shown = await visitor.page(page)
    assert.match(shown, /value="everybody" selected/)
    assert.include(shown, 'value="2.5"')
    assert.deepInclude(await lastConfigured(), {
      setting: 'default_quota',
      value: String(2.5 * 1024 ** 3),
      actor: person.id,
    })
    const rules = await app.container.make(HouseRules)
    await visitor.submit(page, { tresore: 'nobody', speicher: '-1' }, `${page}/regeln`)
    assert.equal(await rules.vaultOpeners(), 'everybody')
    assert.equal(await rules.defaultQuota(), 2.5 * 1024 ** 3)
    const client = await signedIn()
    const open = () => client.visitor.submit('/webtresore', { name: 'Eigener' })
    const { status, headers } = await open()
    assert.match(headers.get('location') ?? '', /^\/webtresore\/\d+$/, String(status))
    const [made] = await db.from('vaults').where('owner_id', client.person.id)
    assert.equal(made.quota, 2.5 * 1024 ** 3)
    await visitor.submit(page, { tresore: 'administrators', speicher: '5' }, `${page}/regeln`)
    assert.equal((await open()).status, 403)
    const clerk = await staff()
    assert.equal((await clerk.visitor.submit('/webtresore', { name: 'x' })).status, 403)
    const mine = await visitor.submit('/webtresore', { name: 'Verwaltung' })
    assert.equal(mine.status, 302)
    await visitor.submit(page, { tresore: 'staff', speicher: '5' }, `${page}/regeln`)
  })

  test('a person is invited with a role that the form cannot change, and the invitation taken back', async ({
    assert,
  }) => {
    const { visitor } = await administrator()
    const page = '/verwaltung/personen'
    const email = `pruefer-${randomUUID()}@example.net`
    const wanted = { adresse: email, rolle: 'auditor', sprache: 'de', worte: '' }
    await visitor.submit(page, wanted, `${page}/einladungen`)
    assert.include(await visitor.page(page), `Die Einladung an ${email} ist unterwegs`)
    assert.deepInclude(await lastConfigured(), { what: 'person invited', email, role: 'auditor' })
    const guest = new Visitor()
    await guest.submit(await mailedLink(email), {
      full_name: 'Paula Prüferin',
      username: `p${randomUUID().slice(0, 8)}`,
      password: PASSWORD,
      rolle: 'administrator',
    })
    assert.isTrue(await guest.isSignedIn())
    assert.equal((await db.from('users').where('email', email).first()).role, 'auditor')
    await visitor.submit(page, wanted, `${page}/einladungen`)
    assert.include(await visitor.page(page), 'gibt es schon ein Konto')

    const other = `andere-${randomUUID()}@example.net`
    await visitor.submit(page, { ...wanted, adresse: other }, `${page}/einladungen`)
    const { id } = await db.from('invitations').where('email', other).firstOrFail()
    await visitor.submit(page, {}, `${page}/einladungen/${id}/widerrufen`)
    assert.equal((await new Visitor().get(await mailedLink(other))).status, 410)
    assert.deepInclude(await lastConfigured(), { what: 'invitation revoked', email: other })
  })

  test('a lost second factor is reset with a reason, and required of a role', async ({
    assert,
  }) => {
    const { visitor, person: boss } = await administrator()
    const { person, visitor: finder } = await signedIn({ role: 'auditor' })
    const added = { account_id: person.id, added_at: 1 }
    await db.table('one_time_passwords').insert({ ...added, sealed_secret: 'x', last_step: 0 })
    const page = `/verwaltung/personen/${person.id}`
    assert.include(await visitor.page(page), 'Einmalpasswort eingerichtet')
    await visitor.submit(page, { grund: '' }, `${page}/zweiter-faktor`)
    const refused = await visitor.page(page)
    assert.include(refused, 'Bitte prüfen Sie Ihre Eingaben')
    assert.include(refused, 'Bitte füllen Sie dieses Feld aus')
    assert.lengthOf(await db.from('one_time_passwords').where('account_id', person.id), 1)
    await visitor.submit(page, { grund: 'Telefon verloren' }, `${page}/zweiter-faktor`)
    assert.lengthOf(await db.from('one_time_passwords').where('account_id', person.id), 0)
    assert.deepInclude(await lastConfigured(), {
      what: 'second factors reset',
      account: person.id,
      by: boss.id,
      why: 'Telefon verloren',
    })
    assert.isAbove(await lettersTo(person.email), 0)
    assert.isFalse(await finder.isSignedIn(), 'who found the telephone is out')

    const list = '/verwaltung/personen'
    const rules = { tresore: 'staff', speicher: '5' }
    await visitor.submit(list, { ...rules, 'faktor[]': 'auditor' }, `${list}/regeln`)
    const auditor = new Visitor()
    const sent = await auditor.signIn(person)
    await auditor.get(sent.headers.get('location')!)
    assert.match((await auditor.get('/webtresore')).headers.get('location') ?? '', /profil/)
    await visitor.submit(list, rules, `${list}/regeln`)
    assert.equal((await auditor.get('/webtresore')).status, 200)
  })
})
