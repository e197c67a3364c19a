import { test } from '@japa/runner'
import { randomUUID } from 'node:crypto'
import db from '@adonisjs/lucid/services/db'
import { infected, modules, sent, staff, workOn } from '#tests/seeded_mail'

const client = () => `client-${randomUUID()}@example.net`
const administrator = () => staff({ role: 'administrator' })
type Visitor = Awaited<ReturnType<typeof staff>>['visitor']

const state = async (number: number) =>
  (await (await modules()).archive.message(number, 'everything')).state

/** Held for want of a way out, or as something else with its verbs. */
async function held(from: string, reason = 'no_relay') {
  const mail = await sent({ from, to: [client()], noRelay: true, text: 'Geheimer Text' })
  await db.from('messages').where('number', mail.number).update({ reason })
  return mail
}

/** A form with fields of several values, as the list of all mails sends it. */
function many(visitor: Visitor, numbers: number[], fields: Record<string, string>, query = '') {
  const chosen = Object.fromEntries(numbers.map((number, nth) => [`mails[${nth}]`, String(number)]))
  return visitor.submit(
    '/verwaltung',
    { ...chosen, ...fields },
    `/verwaltung/entscheidungen${query}`
  )
}

test.group('Decisions about several mails', () => {
  test('one verb goes to those it fits, and the others are named with the reason', async ({
    assert,
  }) => {
    const { person } = await staff()
    const { visitor } = await administrator()
    const [one, two, odd, decided] = [
      await held(person.email),
      await held(person.email),
      await held(person.email, 'ambiguous'),
      await held(person.email),
    ]
    await many(visitor, [decided.number], { verb: 'return' })
    const numbers = [one, two, odd, decided].map(({ number }) => number)
    const query = `?absender=${encodeURIComponent(person.email)}`
    const response = await many(visitor, [...numbers, numbers[0]!], { verb: 'send' }, query)
    assert.equal(response.headers.get('location'), `/verwaltung${query}`)
    assert.deepEqual(await Promise.all(numbers.map(state)), [
      'accepted',
      'accepted',
      'held',
      'returned',
    ])
    const page = await visitor.page('/verwaltung')
    assert.match(page, /2 Mails: „Senden“ ist erledigt/)
    assert.match(page, /Bei 2 Mails ging es nicht/)
    assert.include(page, `Mail Nr. ${odd.number} ist angehalten`)
    assert.include(page, `Mail Nr. ${decided.number} ist schon entschieden`)
  })

  test('what lets something out against the rule needs a reason for each', async ({ assert }) => {
    const { person } = await staff()
    const { visitor } = await administrator()
    const one = await held(person.email, 'unchecked')
    await many(visitor, [one.number], { verb: 'release', grund: ' ' })
    assert.equal(await state(one.number), 'held')
    await many(visitor, [one.number], { verb: 'release', grund: 'Kennwort liegt vor' })
    assert.equal(await state(one.number), 'accepted')
    const { ledger } = await modules()
    const [entry] = await ledger.entries({ number: one.number, type: 'released', limit: 1 })
    assert.deepInclude(entry!.detail, { verb: 'release', why: 'Kennwort liegt vor' })
  })

  test('nothing chosen is said, and nobody else decides', async ({ assert }) => {
    const { visitor, person } = await staff()
    const boss = await administrator()
    await many(boss.visitor, [], { verb: 'send' })
    assert.include(await boss.visitor.page('/verwaltung'), 'Es war keine Mail ausgewählt')
    const mail = await held(person.email)
    const response = await visitor.submit(
      '/archiv',
      { 'mails[0]': String(mail.number), 'verb': 'send' },
      '/verwaltung/entscheidungen'
    )
    assert.equal(response.status, 403)
    assert.equal(await state(mail.number), 'held')
  })

  test('boxes stand at held mails, and a link ticks them all without script', async ({
    assert,
  }) => {
    const { person } = await staff()
    const { visitor } = await administrator()
    const mail = await held(person.email)
    await sent({ from: person.email, to: [client()] })
    const box = /<input type="checkbox" name="mails\[\]"[^>]*>/g
    const page = await visitor.page(`/verwaltung?absender=${person.email}`)
    assert.lengthOf(page.match(box) ?? [], 1)
    assert.include(page.match(box)![0], `value="${mail.number}"`)
    assert.notInclude(page.match(box)![0], 'checked')
    const ticked = await visitor.page(`/verwaltung?absender=${person.email}&alle=1`)
    assert.include(ticked.match(box)![0], ' checked')
  })
})

test.group('A verb that does not fit', () => {
  test('is refused in words that say what fits', async ({ assert }) => {
    const { person } = await staff()
    const { visitor } = await administrator()
    const mail = await infected({
      from: person.email,
      to: [client()],
      files: [{ name: 'a.exe', content: 'x' }],
    })
    const path = `/verwaltung/mails/${mail.number}`
    await visitor.submit(path, { verb: 'release', grund: 'trotzdem' }, `${path}/entscheidung`)
    const page = await visitor.page(path)
    assert.include(page, 'Schadsoftware gefunden); „Freigeben“ geht dabei nicht')
    assert.include(page, 'Möglich: Neu prüfen, Zurückgeben, Verwerfen.')
  })
})

test.group('Malware', () => {
  test('stays held when scanned again while scanning is off', async ({ assert }) => {
    const { person } = await staff()
    const { visitor } = await administrator()
    const mail = await infected({
      from: person.email,
      to: [client()],
      files: [{ name: 'a.exe', content: 'x' }],
    })
    const path = `/verwaltung/mails/${mail.number}`
    await visitor.submit(path, { verb: 'retry' }, `${path}/entscheidung`)
    assert.equal(await state(mail.number), 'accepted')
    await workOn(mail.number)
    const { archive } = await modules()
    const message = await archive.message(mail.number, 'everything')
    assert.deepInclude(message, { state: 'held', reason: 'infected', verdict: 'infected' })
  })
})

test.group('Two administrators', () => {
  test('at the same time: one decision counts, the other is told which', async ({ assert }) => {
    const { person } = await staff()
    const [anna, bernd] = [await administrator(), await administrator()]
    const mail = await held(person.email)
    const path = `/verwaltung/mails/${mail.number}`
    const decide = ({ visitor }: typeof anna, verb: string) =>
      visitor.submit(path, { verb }, `${path}/entscheidung`)
    await Promise.all([decide(anna, 'send'), decide(bernd, 'return')])
    const { ledger } = await modules()
    const entries = await ledger.entries({ number: mail.number, limit: 100 })
    const decisions = entries.filter(({ type }) => ['released', 'returned'].includes(type))
    assert.lengthOf(decisions, 1)
    const annaWon = decisions[0]!.type === 'released'
    assert.equal(await state(mail.number), annaWon ? 'accepted' : 'returned')
    const told = await (annaWon ? bernd : anna).visitor.page(path)
    assert.include(told, `Mail Nr. ${mail.number} ist schon entschieden`)
    const winner = annaWon ? anna : bernd
    assert.include(told, winner.person.fullName)
  })
})

test.group('Four eyes', (group) => {
  group.each.teardown(async () => {
    const { person } = await administrator()
    await (await modules()).archive.fourEyes.set(false, person.id)
  })

  async function requested() {
    const { person } = await staff()
    const [anna, bernd] = [await administrator(), await administrator()]
    await anna.visitor.submit('/verwaltung', { vier_augen: '1' }, '/verwaltung/vier-augen')
    const mail = await held(person.email, 'ambiguous')
    const path = `/verwaltung/mails/${mail.number}`
    const fields = { verb: 'send_unchanged', grund: 'Gericht verlangt es' }
    const ask = ({ visitor }: typeof anna) => visitor.submit(path, fields, `${path}/entscheidung`)
    const answer = ({ visitor }: typeof anna, antwort: string) =>
      visitor.submit(path, { antwort, grund: 'Nein' }, `${path}/antwort`)
    await ask(anna)
    return { anna, bernd, mail, path, ask, answer }
  }

  test('switching it is a ledger entry; staff cannot', async ({ assert }) => {
    const { visitor } = await staff()
    const response = await visitor.submit('/archiv', { vier_augen: '1' }, '/verwaltung/vier-augen')
    assert.equal(response.status, 403)
    const { archive, ledger } = await modules()
    assert.isFalse(await archive.fourEyes.isOn())
    const { anna } = await requested()
    assert.isTrue(await archive.fourEyes.isOn())
    const entries = await ledger.entries({ type: 'configured', limit: 500 })
    assert.isTrue(
      entries.some(
        ({ detail }) =>
          detail?.setting === 'four_eyes' && detail.value && detail.actor === anna.person.id
      )
    )
  })

  test('who asked cannot confirm, another can', async ({ assert }) => {
    const { anna, bernd, mail, path, answer } = await requested()
    assert.equal(await state(mail.number), 'held')
    assert.include(await anna.visitor.page(path), 'Mail Nr.')
    assert.notInclude(await anna.visitor.page(path), 'Bestätigen und senden')
    await answer(anna, 'confirm')
    assert.equal(await state(mail.number), 'held')
    assert.include(await anna.visitor.page(path), 'muss eine andere Person bestätigen')
    const page = await bernd.visitor.page(path)
    assert.include(page, 'Bestätigen und senden')
    assert.include(page, 'Gericht verlangt es')
    await answer(bernd, 'confirm')
    const { archive, ledger } = await modules()
    const message = await archive.message(mail.number, 'everything')
    assert.deepInclude(message, { state: 'accepted', override: 'unchanged' })
    const [entry] = await ledger.entries({ number: mail.number, type: 'released', limit: 1 })
    assert.deepInclude(entry!.detail, {
      actor: bernd.person.id,
      requested: anna.person.id,
      why: 'Gericht verlangt es',
    })
    await answer(bernd, 'confirm')
    assert.include(await bernd.visitor.page(path), 'schon entschieden')
  })

  test('refused, it stays held, and may be asked for again', async ({ assert }) => {
    const { anna, bernd, mail, path, ask, answer } = await requested()
    await ask(bernd)
    assert.include(await bernd.visitor.page(path), 'schon beantragt')
    await answer(bernd, 'refuse')
    assert.equal(await state(mail.number), 'held')
    assert.include(await bernd.visitor.page(path), 'abgelehnt von')
    await answer(anna, 'confirm')
    assert.include(await anna.visitor.page(path), 'keinen offenen Antrag')
    await ask(bernd)
    await answer(anna, 'confirm')
    assert.equal(await state(mail.number), 'accepted')
  })

  test('a request ends with anything that happens to the mail', async ({ assert }) => {
    const { bernd, mail, path, answer } = await requested()
    const { archive } = await modules()
    // Worked on and held again: what was asked for was another moment's mail.
    await db.from('messages').where('number', mail.number).increment('lease', 1)
    assert.equal((await archive.fourEyes.open([mail.number])).size, 0)
    await answer(bernd, 'confirm')
    assert.equal(await state(mail.number), 'held')
    await bernd.visitor.submit(path, { verb: 'return' }, `${path}/entscheidung`)
    assert.equal(await state(mail.number), 'returned')
    assert.isNull(await db.from('decision_requests').where('number', mail.number).first())
  })
})

test.group('Reading somebody else’s mail', () => {
  test('needs a reason, and leaves it in the ledger before anything is shown', async ({
    assert,
  }) => {
    const { person, visitor: sender } = await staff()
    const boss = await administrator()
    const mail = await held(person.email)
    const path = `/verwaltung/mails/${mail.number}`
    const { ledger } = await modules()
    const reads = () => ledger.entries({ number: mail.number, type: 'read', limit: 10 })
    const refused = await boss.visitor.submit(path, { grund: ' ' }, `${path}/inhalt`)
    assert.equal(refused.status, 302)
    assert.lengthOf(await reads(), 0)
    assert.equal((await boss.visitor.get(`${path}/inhalt`)).status, 404)
    assert.equal((await sender.submit('/archiv', { grund: 'weil' }, `${path}/inhalt`)).status, 403)
    const shown = await boss.visitor.submit(path, { grund: 'Auskunft 12/26' }, `${path}/inhalt`)
    assert.equal(shown.status, 200)
    assert.include(await shown.text(), 'Geheimer Text')
    const [entry] = await reads()
    assert.deepInclude(entry!.detail, { actor: boss.person.id, why: 'Auskunft 12/26' })
    assert.include(await sender.page(`/archiv/${mail.number}`), 'Auskunft 12/26')
  })
})

test.group('The administrator’s list', () => {
  test('is filtered by reason, direction and days, and pages keep the filter', async ({
    assert,
  }) => {
    const { person } = await staff()
    const { visitor } = await administrator()
    const mail = await held(person.email, 'ambiguous')
    const shows = async (filter: string) => {
      const page = await visitor.page(`/verwaltung?absender=${person.email}&${filter}`)
      return page.slice(page.indexOf('id="mails"')).includes(`/verwaltung/mails/${mail.number}"`)
    }
    // Half past midnight in Berlin is the day before in UTC.
    const at = new Date('2026-03-09T23:30:00Z').getTime()
    await db.from('messages').where('number', mail.number).update({ received_at: at })
    const expected: Record<string, boolean> = {
      'grund=ambiguous': true,
      'grund=infected': false,
      'richtung=outgoing': true,
      'richtung=incoming': false,
      'von=2026-03-10': true,
      'von=2026-03-11': false,
      'bis=2026-03-09': false,
      'bis=2026-03-10': true,
      'von=2026-03-10&bis=2026-03-10&grund=ambiguous&zustand=held': true,
    }
    for (const [filter, is] of Object.entries(expected)) {
      assert.equal(await shows(filter), is, filter)
    }
    for (const odd of ['von=2026-02-31', 'von=gestern', 'grund=keiner']) {
      assert.include(await visitor.page(`/verwaltung?${odd}`), 'war nicht lesbar', odd)
    }
  })
})

test.group('A sender', () => {
  test('finds what is held back, and why, and who decides', async ({ assert }) => {
    const { person, visitor } = await staff()
    const mail = await held(person.email, 'ambiguous')
    const done = await sent({ from: person.email, to: [client()] })
    const bad = await infected({
      from: person.email,
      to: [client()],
      files: [{ name: 'a.exe', content: 'x' }],
    })
    const list = await visitor.page('/archiv?zustand=kept')
    assert.include(list, `/archiv/${mail.number}"`)
    assert.include(list, `/archiv/${bad.number}"`)
    assert.notInclude(list, `/archiv/${done.number}"`)
    assert.include(list, 'Aufbau der Mail ist nicht eindeutig')
    const page = await visitor.page(`/archiv/${mail.number}`)
    assert.include(page, 'Ihre Verwaltung entscheidet')
    assert.notInclude(page, 'name="verb"')
    const other = await staff()
    assert.include(await other.visitor.page('/archiv?zustand=kept'), 'Nichts wird zurückgehalten')
  })
})
