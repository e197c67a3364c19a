import { test } from '@japa/runner'
import { DAY, failureOf, freshHouse, RECIPIENT, SENDER, stranger } from './house.ts'

test.group('links: issued', () => {
  test('once for a message and recipient, whatever is repeated', async ({ assert, cleanup }) => {
    const { issue, links, clock, events, file, problems } = await freshHouse({ cleanup })
    const first = await issue()
    clock.at += DAY
    const again = await issue({ subject: 'Anders', files: [await file('anders.pdf', 'anders')] })
    const other = await issue({ recipient: 'second@example.net' })
    assert.deepEqual(again, first)
    assert.notEqual(other.token, first.token)
    assert.equal(first.url, `https://tresor.example/d/${links.tokenFor(1, RECIPIENT, 1)}`)
    assert.deepEqual(await events(), ['link_issued', 'link_issued'])
    assert.deepEqual(await problems(), [])
  })

  test('for as many files as a mail can hold', async ({ assert, cleanup }) => {
    const { issue, links, file } = await freshHouse({ cleanup })
    const one = await file('x.pdf', 'x')
    const files = Array.from({ length: 999 }, (_, nth) => ({ ...one, name: `${nth}.pdf` }))
    const { token } = await issue({ files })
    assert.deepInclude(await links.open(token, stranger), { fileCount: 999 })
  })

  test('not without files', async ({ assert, cleanup }) => {
    const { issue } = await freshHouse({ cleanup })
    assert.equal(await failureOf(issue({ files: [] })), 'E_NO_FILES')
  })

  test('at the same time, it is still one', async ({ assert, cleanup }) => {
    const { issue, events } = await freshHouse({ cleanup })
    const issued = await Promise.all([issue(), issue(), issue()])
    assert.equal(new Set(issued.map((link) => link.id)).size, 1)
    assert.deepEqual(await events(), ['link_issued'])
  })

  test('tables hold neither token nor code nor device nor ticket', async ({ assert, cleanup }) => {
    const { issue, confirmed, links, db, mails } = await freshHouse({ cleanup })
    const { token } = await issue()
    const { device } = await confirmed(token)
    const { ticket } = await links.ticket(token, 1, { ...stranger, device })
    const [mail] = await mails('code')
    const code = mail!.subject.slice(0, 6)
    for (const table of ['links', 'link_codes', 'link_devices', 'link_tickets']) {
      const rows = JSON.stringify(await db.from(table))
      for (const secret of [token, device, ticket, `"${code}"`, '203.0.113.7"']) {
        assert.notInclude(rows, secret, table)
      }
    }
  })
})

test.group('links: before the code', () => {
  test('shows firm, date, number and size, and no names', async ({ assert, cleanup }) => {
    const { issue, links } = await freshHouse({ cleanup })
    const { token } = await issue()
    const view = await links.open(token, stranger)
    assert.deepInclude(view, {
      state: 'locked',
      code: null,
      firm: 'kanzlei-berger.example',
      recipientMasked: 'cl••@…',
      fileCount: 2,
      totalSize: 18,
      sharedMailbox: false,
      wantedAt: null,
    })
    const shown = JSON.stringify(view)
    for (const secret of ['Jahresabschluss', 'Anna', 'a.berger', RECIPIENT]) {
      assert.notInclude(shown, secret)
    }
  })

  test('says that a role mailbox is shared', async ({ assert, cleanup }) => {
    const { issue, links } = await freshHouse({ cleanup })
    const role = await issue({ recipient: 'info@example.net' })
    const told = await issue({ recipient: 'verteiler@example.net', sharedMailbox: true })
    for (const { token } of [role, told]) {
      const view = await links.open(token, stranger)
      assert.isTrue(view.sharedMailbox)
    }
  })

  test('without codes it is open at once', async ({ assert, cleanup }) => {
    const { issue, links } = await freshHouse({ cleanup }, { confirmation: 'none' })
    const { token } = await issue()
    const view = await links.open(token, stranger)
    assert.deepInclude(view, { state: 'open', viewer: 'recipient' })
  })

  test('its sender, signed in, needs no code; others signed in do', async ({ assert, cleanup }) => {
    const { issue, links, clock } = await freshHouse({ cleanup })
    const { token } = await issue()
    const own = await links.open(token, { ...stranger, userId: 7 })
    assert.deepInclude(own, { state: 'open', viewer: 'sender', sender: SENDER })
    const foreign = await links.open(token, { ...stranger, userId: 8 })
    assert.equal(foreign.state, 'locked')
    clock.at += 31 * DAY
    const later = await links.open(token, { ...stranger, userId: 7 })
    assert.equal(later.state, 'open')
  })

  test('looking changes nothing', async ({ assert, cleanup }) => {
    const { issue, links, db, events } = await freshHouse({ cleanup })
    const { token } = await issue()
    const tables = [
      'links',
      'link_codes',
      'link_devices',
      'link_tickets',
      'link_downloads',
      'outbox',
    ]
    const all = () => Promise.all(tables.map((table) => db.from(table)))
    const before = JSON.stringify(await all())
    await links.open(token, stranger)
    await failureOf(links.open('x'.repeat(27), stranger))
    assert.equal(JSON.stringify(await all()), before)
    assert.deepEqual(await events(), ['link_issued'])
  })
})

test.group('links: closed', () => {
  test('unknown, malformed and revoked fail alike', async ({ assert, cleanup }) => {
    const { issue, links } = await freshHouse({ cleanup })
    const { token, id } = await issue()
    await links.revoke({ id }, 7)
    const failures = await Promise.all(
      [token, 'x'.repeat(27), '', '../etc', `${token}x`].map(async (tried) => {
        const error: Error = await links.open(tried, stranger).then(
          () => assert.fail('It opened'),
          (failed) => failed
        )
        return `${error.name} ${error.message}`
      })
    )
    assert.equal(new Set(failures).size, 1)
    assert.match(failures[0]!, /^NotFound/)
  })

  test('revoked once, in the ledger once, and closed to everything', async ({
    assert,
    cleanup,
  }) => {
    const { issue, links, confirmed, events } = await freshHouse({ cleanup })
    const { token } = await issue()
    const { device } = await confirmed(token)
    const visitor = { ...stranger, device }
    const { ticket } = await links.ticket(token, 1, visitor)
    await links.revoke({ number: 1, recipient: RECIPIENT }, 7)
    await links.revoke({ number: 1, recipient: RECIPIENT }, 7)
    assert.deepEqual(await events(), ['link_issued', 'link_confirmed', 'link_revoked'])
    assert.equal(await failureOf(links.requestCode(token, visitor)), 'E_NO_LINK')
    assert.equal(
      await failureOf(links.confirm(token, '1', { ...visitor, remember: true })),
      'E_NO_LINK'
    )
    assert.equal(await failureOf(links.ticket(token, 1, visitor)), 'E_NO_LINK')
    assert.equal(await failureOf(links.redeem(token, ticket, visitor)), 'E_NO_TICKET')
    assert.equal(await failureOf(links.requestNewLink(token, visitor)), 'E_NO_LINK')
    assert.equal(
      await failureOf(links.extend({ number: 1, recipient: RECIPIENT }, 5, 7)),
      'E_LINK_REVOKED'
    )
    assert.equal(await failureOf(links.revoke({ number: 2, recipient: RECIPIENT }, 7)), 'E_NO_LINK')
  })

  test('works until the named day has ended in Berlin', async ({ assert, cleanup }) => {
    const { issue } = await freshHouse({ cleanup })
    const { expiresAt } = await issue()
    const berlin = expiresAt.toLocaleTimeString('de-DE', { timeZone: 'Europe/Berlin' })
    assert.equal(berlin, '23:59:59')
  })

  test('expired at its moment; extended, it works as before', async ({ assert, cleanup }) => {
    const { issue, links, clock, confirmed, events, stateOf } = await freshHouse({ cleanup })
    const { token, id, expiresAt } = await issue()
    const { device } = await confirmed(token)
    const visitor = { ...stranger, device }
    clock.at = expiresAt.getTime() - 1
    assert.equal(await stateOf(token, visitor), 'open')
    clock.at = expiresAt.getTime()
    assert.equal(await stateOf(token, visitor), 'expired')
    assert.equal(await failureOf(links.requestCode(token, visitor)), 'E_LINK_EXPIRED')
    assert.equal(await failureOf(links.ticket(token, 1, visitor)), 'E_LINK_EXPIRED')
    const extended = await links.extend({ id }, 10, 7)
    assert.equal(extended.expiresAt.getTime(), expiresAt.getTime() + 10 * DAY)
    assert.equal(await stateOf(token, visitor), 'open')
    const all = await events()
    assert.equal(all.at(-1), 'link_extended')
  })

  test('is not extended by {days} days; by one, from its end')
    .with([{ days: 0 }, { days: -1 }, { days: 1.5 }, { days: 4000 }])
    .run(async ({ assert, cleanup }, { days }) => {
      const { issue, links } = await freshHouse({ cleanup })
      const { id, expiresAt } = await issue()
      assert.equal(await failureOf(links.extend({ id }, days, 7)), 'E_BAD_DAYS')
      const extended = await links.extend({ id }, 1, 7)
      assert.equal(extended.expiresAt.getTime(), expiresAt.getTime() + DAY)
    })
})

test.group('links: wanted', () => {
  test('an expired link tells the sender once a day', async ({ assert, cleanup }) => {
    const { issue, links, clock, mails } = await freshHouse({ cleanup })
    const { token } = await issue()
    clock.at += 31 * DAY
    assert.deepEqual(await links.requestNewLink(token, stranger), { status: 'told' })
    assert.deepInclude(await links.requestNewLink(token, stranger), { status: 'already' })
    const view = await links.open(token, stranger)
    assert.isNotNull(view.wantedAt)
    clock.at += DAY
    assert.deepEqual(await links.requestNewLink(token, stranger), { status: 'told' })
    const sent = await mails('link_wanted')
    assert.deepEqual(
      sent.map((mail) => mail.recipient),
      [SENDER, SENDER]
    )
    assert.include(sent[0]!.body_text, RECIPIENT)
  })

  test('a holder of a quoted link says who he is', async ({ assert, cleanup }) => {
    const { issue, links, mails } = await freshHouse({ cleanup })
    const { token } = await issue()
    for (const asker of [
      undefined,
      '',
      'nobody',
      'a@b',
      'a b@c.example',
      'a@b.example\nBcc: x@y.example',
    ]) {
      assert.equal(
        await failureOf(links.requestNewLink(token, { ...stranger, asker })),
        'E_NO_ADDRESS'
      )
    }
    await links.requestNewLink(token, { ...stranger, asker: 'kollege@example.net' })
    const [mail] = await mails('link_wanted')
    assert.include(mail!.body_text, 'kollege@example.net')
  })
})
