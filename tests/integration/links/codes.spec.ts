import { test } from '@japa/runner'
import { DAY, failureOf, freshHouse, HOUR, MINUTE, RECIPIENT, stranger, wrong } from './house.ts'

test.group('codes', () => {
  test('go to the mailbox, with the code in the subject, in the language of the page: {locale}')
    .with([
      { locale: 'de' as const, subject: /^\d{6} ist Ihr Code/, time: /23\. November 2026/ },
      { locale: 'en' as const, subject: /^\d{6} is your code/, time: /23 November 2026/ },
    ])
    .run(async ({ assert, cleanup }, { locale, subject, time }) => {
      const { issue, links, mails } = await freshHouse({ cleanup })
      const { token } = await issue()
      await links.requestCode(token, { ...stranger, locale })
      const [mail] = await mails('code')
      assert.equal(mail!.recipient, RECIPIENT)
      assert.match(mail!.subject, subject)
      assert.match(mail!.body_text, time)
      assert.include(mail!.body_text, 'Anna Berger <a.berger@kanzlei-berger.example>')
      assert.notInclude(mail!.body_text, 'Jahresabschluss')
    })

  test('open the link in the browser that entered them, and only there', async ({
    assert,
    cleanup,
  }) => {
    const { issue, links, confirmed, events, stateOf } = await freshHouse({ cleanup })
    const { token } = await issue()
    const { device, keepUntil } = await confirmed(token)
    assert.equal(keepUntil!.getTime(), new Date('2026-11-23T10:00:00Z').getTime() + 90 * DAY)
    const view = await links.open(token, { ...stranger, device })
    assert.deepInclude(view, { state: 'open', viewer: 'recipient', recipient: RECIPIENT })
    assert.equal(await stateOf(token, stranger), 'locked')
    assert.equal(await stateOf(token, { ...stranger, device: 'x'.repeat(43) }), 'locked')
    assert.deepEqual(await events(), ['link_issued', 'link_confirmed'])
  })

  test('work with the spaces and dashes that people type', async ({ assert, cleanup }) => {
    const { issue, links, code } = await freshHouse({ cleanup })
    const { token } = await issue()
    const sent = await code(token)
    const typed = ` ${sent.slice(0, 3)} - ${sent.slice(3)} `
    const result = await links.confirm(token, typed, { ...stranger, remember: false })
    assert.equal(result.status, 'confirmed')
  })

  test('count newest first: an older one is worth nothing', async ({ assert, cleanup }) => {
    const { issue, links, code, clock } = await freshHouse({ cleanup })
    const { token } = await issue()
    const old = await code(token)
    clock.at += MINUTE
    let fresh = await code(token)
    while (fresh === old) {
      clock.at += MINUTE
      fresh = await code(token)
    }
    const tried = await links.confirm(token, old, { ...stranger, remember: true })
    assert.deepEqual(tried, { status: 'wrong', triesLeft: 4 })
    const result = await links.confirm(token, fresh, { ...stranger, remember: true })
    assert.equal(result.status, 'confirmed')
  })

  test('last sixty minutes', async ({ assert, cleanup }) => {
    const { issue, links, code, clock } = await freshHouse({ cleanup })
    const { token } = await issue()
    const sent = await code(token)
    clock.at += 60 * MINUTE
    assert.deepInclude(await links.open(token, stranger), { state: 'locked', code: null })
    const late = await links.confirm(token, sent, { ...stranger, remember: true })
    assert.equal(late.status, 'no_code')
  })

  test('are used once', async ({ assert, cleanup }) => {
    const { issue, links, code, events } = await freshHouse({ cleanup })
    const { token } = await issue()
    const sent = await code(token)
    const results = await Promise.all(
      [1, 2, 3].map(() => links.confirm(token, sent, { ...stranger, remember: true }))
    )
    assert.deepEqual(results.map((result) => result.status).sort(), [
      'confirmed',
      'no_code',
      'no_code',
    ])
    assert.deepEqual(await events(), ['link_issued', 'link_confirmed'])
  })

  test('allow five tries, counted exactly when they come together', async ({ assert, cleanup }) => {
    const { issue, links, code } = await freshHouse({ cleanup })
    const { token } = await issue()
    const sent = await code(token)
    const results = await Promise.all(
      Array.from({ length: 9 }, () =>
        links.confirm(token, wrong(sent), { ...stranger, remember: true })
      )
    )
    const left = results.flatMap((result) => (result.status === 'wrong' ? [result.triesLeft] : []))
    assert.deepEqual(left.sort(), [0, 1, 2, 3, 4])
    assert.lengthOf(
      results.filter((result) => result.status === 'no_code'),
      4
    )
    const right = await links.confirm(token, sent, { ...stranger, remember: true })
    assert.equal(right.status, 'no_code')
  })

  test('are for one link: the code of another opens nothing', async ({ assert, cleanup }) => {
    const { issue, links, code } = await freshHouse({ cleanup })
    const one = await issue()
    const other = await issue({ number: 2 })
    const sent = await code(one.token)
    const result = await links.confirm(other.token, sent, { ...stranger, remember: true })
    assert.equal(result.status, 'no_code')
  })

  test('are sent five times an hour and twenty times a day for a link', async ({
    assert,
    cleanup,
  }) => {
    const { issue, links, clock, mails } = await freshHouse({ cleanup })
    const { token } = await issue()
    const start = clock.at
    const many = await Promise.all(
      Array.from({ length: 8 }, () => links.requestCode(token, stranger))
    )
    assert.lengthOf(
      many.filter((result) => result.status === 'sent'),
      5
    )
    assert.deepEqual(await links.requestCode(token, stranger), {
      status: 'throttled',
      retryAt: new Date(start + HOUR),
    })
    for (let hour = 1; hour <= 3; hour++) {
      clock.at = start + hour * HOUR
      for (let count = 0; count < 5; count++) await links.requestCode(token, stranger)
    }
    assert.lengthOf(await mails('code'), 20)
    clock.at = start + 5 * HOUR
    assert.deepEqual(await links.requestCode(token, stranger), {
      status: 'throttled',
      retryAt: new Date(start + DAY),
    })
    clock.at = start + DAY
    assert.deepInclude(await links.requestCode(token, stranger), { status: 'sent' })
  })

  test('are sent sixty times an hour for a network, whatever the link', async ({
    assert,
    cleanup,
  }) => {
    const { issue, links, db, file } = await freshHouse({ cleanup })
    const tokens: string[] = []
    const files = [await file('a.pdf', 'a')]
    for (let number = 1; number <= 13; number++) {
      const { token } = await issue({ number, files })
      tokens.push(token)
    }
    for (const token of tokens.slice(0, 12)) {
      for (let count = 0; count < 5; count++) await links.requestCode(token, stranger)
    }
    const near = await links.requestCode(tokens[12]!, { ...stranger, ip: '203.0.113.200' })
    assert.equal(near.status, 'throttled')
    const far = await links.requestCode(tokens[12]!, { ...stranger, ip: '198.51.100.1' })
    assert.equal(far.status, 'sent')
    assert.lengthOf(await db.from('link_codes'), 61)
  })

  test('are tried a hundred times an hour from a network', async ({ assert, cleanup }) => {
    const { issue, links, db, code } = await freshHouse({ cleanup })
    const { token } = await issue()
    const sent = await code(token)
    await db.from('link_codes').update({ tries: 4 })
    const { link_id: linkId } = await db.from('link_codes').firstOrFail()
    for (let count = 0; count < 24; count++) {
      await db
        .insertQuery()
        .table('link_codes')
        .insert({
          id: crypto.randomUUID(),
          link_id: linkId,
          code_hash: '',
          requested_at: 0,
          expires_at: 0,
          ended_at: 0,
          tries: 4,
          tried_from: '203.0.113.0/24',
          tried_at: new Date('2026-11-23T09:30:00Z').getTime(),
        })
    }
    await db
      .from('link_codes')
      .whereNull('ended_at')
      .update({
        tried_from: '203.0.113.0/24',
        tried_at: new Date('2026-11-23T09:59:00Z').getTime(),
      })
    const near = await links.confirm(token, sent, { ...stranger, remember: true })
    assert.equal(near.status, 'throttled')
    const far = await links.confirm(token, sent, {
      ...stranger,
      ip: '198.51.100.1',
      remember: true,
    })
    assert.equal(far.status, 'confirmed')
  })
})

test.group('devices', () => {
  test('are known for the mailbox, whatever its letters, and for no other', async ({
    assert,
    cleanup,
  }) => {
    const { issue, confirmed, stateOf } = await freshHouse({ cleanup })
    const { token } = await issue()
    const next = await issue({ number: 2, recipient: 'Client@Example.NET' })
    const foreign = await issue({ number: 2, recipient: 'other@example.net' })
    const { device } = await confirmed(token)
    assert.equal(await stateOf(next.token, { ...stranger, device }), 'open')
    assert.equal(await stateOf(foreign.token, { ...stranger, device }), 'locked')
  })

  test('are forgotten after ninety days, or twelve hours when not to be remembered: {remember}')
    .with([
      { remember: true, life: 90 * DAY, keeps: true },
      { remember: false, life: 12 * HOUR, keeps: false },
    ])
    .run(async ({ assert, cleanup }, { remember, life, keeps }) => {
      const { issue, confirmed, clock, stateOf } = await freshHouse(
        { cleanup },
        { expiryDays: 365 }
      )
      const { token } = await issue()
      const { device, keepUntil } = await confirmed(token, stranger, remember)
      assert.equal(keepUntil !== null, keeps)
      clock.at += life - 1
      assert.equal(await stateOf(token, { ...stranger, device }), 'open')
      clock.at += 1
      assert.equal(await stateOf(token, { ...stranger, device }), 'locked')
    })

  test('get a new value at each confirmation, and keep what they had', async ({
    assert,
    cleanup,
  }) => {
    const { issue, links, confirmed, stateOf } = await freshHouse({ cleanup })
    const one = await issue()
    const two = await issue({ number: 2, recipient: 'other@example.net' })
    const first = await confirmed(one.token)
    const { ticket } = await links.ticket(one.token, 1, { ...stranger, device: first.device })
    const second = await confirmed(two.token, { ...stranger, device: first.device })
    assert.notEqual(second.device, first.device)
    const now = { ...stranger, device: second.device }
    assert.equal(await stateOf(one.token, now), 'open')
    assert.equal(await stateOf(two.token, now), 'open')
    assert.deepInclude(await links.redeem(one.token, ticket, now), { name: 'Jahresabschluss.pdf' })
    const before = await links.open(one.token, { ...stranger, device: first.device })
    assert.equal(before.state, 'locked')
  })

  test('forms are bound to whoever sees the files', async ({ assert, cleanup }) => {
    const { issue, links, confirmed } = await freshHouse({ cleanup })
    const { token } = await issue()
    const other = await issue({ number: 2 })
    const { device } = await confirmed(token)
    const forms = await Promise.all([
      links.open(token, stranger),
      links.open(other.token, stranger),
      links.open(token, { ...stranger, device }),
      links.open(token, { ...stranger, userId: 7 }),
    ])
    assert.equal(new Set(forms.map((view) => view.form)).size, 4)
    assert.deepInclude(await links.open(token, stranger), { form: forms[0].form })
  })

  test('nothing is handed out to the unconfirmed', async ({ assert, cleanup }) => {
    const { issue, links } = await freshHouse({ cleanup })
    const { token } = await issue()
    assert.equal(await failureOf(links.ticket(token, 'all', stranger)), 'E_NOT_CONFIRMED')
  })
})
