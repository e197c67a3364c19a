import { test } from '@japa/runner'
import db from '@adonisjs/lucid/services/db'
import { randomUUID } from 'node:crypto'
import type { Role } from '#accounts'
import { accepted, infected, modules, sent, staff } from '#tests/seeded_mail'
import { signedIn } from '#tests/visitor'

const client = () => `client-${randomUUID()}@example.net`
const administrator = () => staff({ role: 'administrator' })

test.group('Roles', () => {
  const get = ['/archiv', '/webtresore', '/verwaltung']
  const allowed: Record<Role, string[]> = {
    administrator: get,
    staff: ['/archiv', '/webtresore'],
    client: ['/webtresore'],
    auditor: ['/webtresore'],
  }
  test('{$self} can open what is theirs and nothing else')
    .with(Object.keys(allowed) as Role[])
    .run(async ({ assert }, role) => {
      const { visitor } = await signedIn({ role })
      for (const path of get) {
        const response = await visitor.get(path)
        assert.equal(response.status, allowed[role].includes(path) ? 200 : 403, path)
      }
    })

  test('{$self} can neither look at a mail as administrators do, nor decide')
    .with(['staff', 'client', 'auditor'] as const)
    .run(async ({ assert }, role) => {
      const { person } = await staff()
      const mail = await sent({
        from: person.email,
        to: [client(), 'later@example.net'],
        noRelay: true,
      })
      const { visitor } = await signedIn({ role })
      const path = `/verwaltung/mails/${mail.number}`
      assert.equal((await visitor.get(path)).status, 403)
      const delivery = mail.deliveries[0]!.id
      const anyForm = '/webtresore'
      for (const to of [`${path}/entscheidung`, `/verwaltung/zustellungen/${delivery}/jetzt`]) {
        const response = await visitor.submit(anyForm, { verb: 'send' }, to)
        assert.equal(response.status, 403)
      }
      const { archive } = await modules()
      assert.equal((await archive.message(mail.number, 'everything')).state, 'held')
    })
})

test.group('Administration', () => {
  test('shows where a mail is, and nothing of its content', async ({ assert }) => {
    const { person } = await staff()
    const to = client()
    const mail = await sent({
      from: person.email,
      to: [to],
      subject: 'Kündigung Frau Muster',
      text: 'Geheimer Text',
      files: [{ name: 'Kündigung.pdf', content: 'x' }],
      replies: { [to]: '550 5.1.1 User unknown' },
    })
    const { visitor } = await administrator()
    const list = await visitor.page(`/verwaltung?absender=${person.email}`)
    const page = await visitor.page(`/verwaltung/mails/${mail.number}`)
    assert.include(page, '550 5.1.1 User unknown')
    for (const shown of [list, page]) {
      assert.include(shown, person.email)
      assert.include(shown, to)
      assert.notMatch(shown, /K(ü|&uuml;|&#xFC;)ndigung|Geheimer/)
    }
    for (const path of ['', '/quelltext', '/html', '/original']) {
      const response = await visitor.get(`/archiv/${mail.number}${path}`)
      assert.equal(response.status, 404, path)
    }
  })

  test('filters by state, sender and recipient, and pages by number', async ({ assert }) => {
    const { person } = await staff()
    const { visitor } = await administrator()
    const to = client()
    const numbers: number[] = []
    for (let nth = 0; nth < 51; nth++) {
      numbers.push((await accepted({ from: person.email, to: [to] })).number)
    }
    const other = await sent({ from: person.email, to: [client()], noRelay: true })
    const mails = (page: string) => page.slice(page.indexOf('id="mails"'))
    const shows = (page: string, number: number) =>
      mails(page).includes(`/verwaltung/mails/${number}"`)
    const filters = [
      `zustand=accepted&absender=${person.email.toUpperCase()}`,
      `empfaenger=${to}`,
      `zustand=&absender=${person.email}&empfaenger=${to}`,
    ]
    for (const filter of filters) {
      const page = await visitor.page(`/verwaltung?${filter}`)
      assert.isTrue(shows(page, numbers[50]!), filter)
      assert.isFalse(shows(page, other.number), filter)
      assert.isFalse(shows(page, numbers[0]!), filter)
      const next = /href="(\/verwaltung\?[^"]*vor=\d+)#mails"/.exec(page)![1]!
      const second = await visitor.page(next.replaceAll('&amp;', '&'))
      assert.isTrue(shows(second, numbers[0]!), filter)
      assert.isFalse(shows(second, numbers[1]!), filter)
    }
    const nobody = await visitor.page('/verwaltung?absender=niemand@example.net')
    assert.include(mails(nobody), 'Nichts gefunden')
  })

  test('tells the state of the installation', async ({ assert }) => {
    const { visitor } = await administrator()
    const { ledger } = await modules()
    const page = await visitor.page('/verwaltung')
    for (const words of [
      'Warteschlange',
      'Virenprüfung',
      'Weg nach draußen',
      'Speicherplatz',
      'Nachweisbuch',
      'kanzlei-berger.example',
      'Ausgehende Mails werden angehalten',
    ]) {
      assert.include(page, words)
    }
    assert.include(
      page.replaceAll('&#x2F;', '/').replaceAll('&#x3D;', '='),
      ledger.vkey.split('+')[0]!
    )
  })

  async function held() {
    const { person } = await staff()
    const mail = await sent({ from: person.email, to: [client()], noRelay: true })
    const boss = await administrator()
    const path = `/verwaltung/mails/${mail.number}`
    const { archive } = await modules()
    const state = async () => (await archive.message(mail.number, 'everything')).state
    const decide = (fields: Record<string, string>) =>
      boss.visitor.submit(path, fields, `${path}/entscheidung`)
    return { ...boss, mail, path, state, decide, sender: person }
  }

  test('a held mail is sent on', async ({ assert }) => {
    const { decide, state, visitor, path } = await held()
    const response = await decide({ verb: 'send' })
    assert.equal(response.headers.get('location'), path)
    assert.equal(await state(), 'accepted')
    assert.include(await visitor.page(path), 'Zum Senden freigegeben von')
  })

  test('a held mail goes back with a reason, and a letter to its sender', async ({ assert }) => {
    const { decide, state, mail, sender } = await held()
    await decide({ verb: 'return', grund: 'Falscher <Empfänger>' })
    assert.equal(await state(), 'returned')
    const { ledger } = await modules()
    const [entry] = await ledger.entries({ number: mail.number, type: 'returned', limit: 1 })
    assert.deepInclude(entry!.detail, { verb: 'return', why: 'Falscher <Empfänger>' })
    const [letter] = await db.from('outbox').where({ number: mail.number, kind: 'returned' })
    assert.equal(letter?.recipient, sender.email)
    assert.include(letter?.body_text, 'Falscher <Empfänger>')
  })

  test('what makes a structure ambiguous is said in words: to the administrator, to the sender, in the letter', async ({
    assert,
  }) => {
    const { person, visitor } = await staff()
    const boss = await administrator()
    const { archive } = await modules()
    const { number } = await accepted({ from: person.email, to: [client()] })
    const claim = (await archive.claim(number))!
    await claim.hold('ambiguous', 'mailparser_finds_part (2), repeated_content_type')
    await claim.close()
    const found = 'Teil 2: Eine Lesart (mailparser) enthält einen weiteren Teil'
    const path = `/verwaltung/mails/${number}`
    for (const page of [await boss.visitor.page(path), await visitor.page(`/archiv/${number}`)]) {
      assert.include(page, found)
      assert.notInclude(page, 'mailparser_finds_part')
    }
    await boss.visitor.submit(path, { verb: 'return' }, `${path}/entscheidung`)
    const [letter] = await db.from('outbox').where({ number, kind: 'returned' })
    assert.include(letter?.body_text, found)
    assert.notInclude(letter?.body_text, 'mailparser_finds_part')
  })

  test('what has been decided is not decided again', async ({ assert }) => {
    const { decide, state, visitor, path } = await held()
    await decide({ verb: 'return' })
    const again = await decideBy(visitor, path, { verb: 'send' })
    assert.equal(again.status, 302)
    assert.include(await visitor.page(path), 'schon entschieden')
    assert.equal(await state(), 'returned')
  })

  test('a verb that does not fit, or is none, changes nothing: {$self}')
    .with(['delete', 'release', 'send_unchanged', 'destroy', ''])
    .run(async ({ assert }, verb) => {
      const { decide, state } = await held()
      await decide({ verb, grund: 'weil' })
      assert.equal(await state(), 'held')
    })

  test('malware is discarded or checked again, never released', async ({ assert }) => {
    const { person } = await staff()
    const mail = await infected({
      from: person.email,
      to: [client()],
      files: [{ name: 'a.exe', content: 'x' }],
    })
    const { visitor } = await administrator()
    const path = `/verwaltung/mails/${mail.number}`
    const { archive } = await modules()
    for (const verb of ['release', 'send_unchanged', 'send']) {
      await decideBy(visitor, path, { verb, grund: 'trotzdem' })
      assert.equal((await archive.message(mail.number, 'everything')).state, 'held')
    }
    await decideBy(visitor, path, { verb: 'delete' })
    assert.equal((await archive.message(mail.number, 'everything')).state, 'deleted')
  })

  test('nothing is decided without the form’s token', async ({ assert }) => {
    const { visitor, path, state } = await held()
    const body = new URLSearchParams({ verb: 'send' })
    await visitor.request(`${path}/entscheidung`, { method: 'POST', body })
    assert.equal(await state(), 'held')
  })

  test('a waiting delivery is tried now', async ({ assert }) => {
    const { person } = await staff()
    const to = client()
    const mail = await sent({
      from: person.email,
      to: [to],
      replies: { [to]: '451 4.7.1 Greylisted' },
    })
    const { visitor } = await administrator()
    const path = `/verwaltung/mails/${mail.number}`
    const page = await visitor.page(path)
    assert.include(page, '451 4.7.1 Greylisted')
    assert.include(page, 'Nächster Versuch')
    const before = mail.deliveries[0]!.nextAt!
    assert.notInclude(await (await modules()).archive.due(1000), mail.number)
    const response = await visitor.submit(
      path,
      {},
      `/verwaltung/zustellungen/${mail.deliveries[0]!.id}/jetzt`
    )
    assert.equal(response.headers.get('location'), path)
    const { archive, deliveries } = await modules()
    assert.include(await archive.due(1000), mail.number, 'a worker takes it in hand')
    const after = await deliveries.find(mail.deliveries[0]!.id)
    assert.isBelow(after!.nextAt!.getTime(), before.getTime())
    const missing = await visitor.submit(path, {}, '/verwaltung/zustellungen/99999999/jetzt')
    assert.equal(missing.status, 404)
  })
})

/** A decision by a form whose token any page of the person carries. */
function decideBy(
  visitor: Awaited<ReturnType<typeof staff>>['visitor'],
  path: string,
  fields: Record<string, string>
) {
  return visitor.submit(path, fields, `${path}/entscheidung`)
}
