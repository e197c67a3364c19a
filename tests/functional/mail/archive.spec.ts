import { test } from '@japa/runner'
import { randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { differencesOf, type Piece } from '#archive'
import { envelope, once } from '#tests/house'
import { accepted, infected, modules, sent, staff, workOn } from '#tests/seeded_mail'

const pdf = {
  name: 'Jahresabschluß.pdf',
  content: '%PDF-1.7 Jahresabschluss',
  type: 'application/pdf',
}
const client = () => `client-${randomUUID()}@example.net`

test.group('Archive: whose mail', () => {
  test('a person finds what he sent and what was delivered to him', async ({ assert }) => {
    const anna = await staff()
    const bernd = await staff()
    const own = await sent({ from: anna.person.email, to: [bernd.person.email], subject: 'Eigene' })
    const list = await anna.visitor.page('/archiv')
    assert.include(list, 'Eigene')
    assert.include(list, `href="/archiv/${own.number}"`)
    assert.include(await bernd.visitor.page('/archiv'), 'Eigene')
    assert.include(await bernd.visitor.page('/archiv?richtung=received'), 'Eigene')
    assert.notInclude(await bernd.visitor.page('/archiv?richtung=sent'), 'Eigene')
  })

  test('what is held, was returned or failed has not been received', async ({ assert }) => {
    const anna = await staff()
    const bernd = await staff()
    const held = await sent({ from: anna.person.email, to: [bernd.person.email], noRelay: true })
    const response = await bernd.visitor.get(`/archiv/${held.number}`)
    assert.equal(response.status, 404)
    assert.notInclude(await bernd.visitor.page('/archiv'), `/archiv/${held.number}`)
  })

  const addresses = [
    '',
    '/kopfzeilen',
    '/quelltext',
    '/html',
    '/original',
    '/beweis',
    '/zustellung/:delivery',
    '/zustellung/:delivery/original',
  ]
  test('{$self} of somebody else is missing, like what never was')
    .with(addresses)
    .run(async ({ assert }, address) => {
      const { person } = await staff()
      const { visitor } = await staff()
      const mail = await sent({ from: person.email, to: [client()], html: '<p>x</p>' })
      const path = address.replace(':delivery', String(mail.deliveries[0]!.id))
      const foreign = await visitor.get(`/archiv/${mail.number}${path}`)
      const never = await visitor.get(`/archiv/999999999${path}`)
      assert.equal(foreign.status, 404)
      assert.equal(never.status, 404)
    })

  test('numbers that are none are missing: {$self}')
    .with(['0', '-1', '1.5', 'x', '99999999999999999999', '1%27--', '%00'])
    .run(async ({ assert }, number) => {
      const { visitor } = await staff()
      const response = await visitor.get(`/archiv/${number}`)
      assert.include([400, 404], response.status)
    })

  test('a recipient sees neither original nor other recipients', async ({ assert }) => {
    const anna = await staff()
    const bernd = await staff()
    const hidden = `hidden-${randomUUID()}@example.org`
    const mail = await sent({
      from: anna.person.email,
      to: [bernd.person.email],
      bcc: [hidden],
      files: [pdf],
    })
    const [mine, other] = mail.deliveries
    const { visitor } = bernd
    for (const path of ['/kopfzeilen', '/quelltext', '/original', '/beweis']) {
      const response = await visitor.get(`/archiv/${mail.number}${path}`)
      assert.equal(response.status, 404, path)
    }
    const foreign = await visitor.get(`/archiv/${mail.number}/zustellung/${other!.id}`)
    assert.equal(foreign.status, 404)
    for (const path of ['', `/zustellung/${mine!.id}`, `/zustellung/${mine!.id}/original`]) {
      const page = await visitor.page(`/archiv/${mail.number}${path}`)
      assert.notInclude(page, hidden, path)
    }
  })

  test('revoking and extending is the sender’s: a recipient changes nothing', async ({
    assert,
  }) => {
    const anna = await staff()
    const bernd = await staff()
    const mail = await sent({
      from: anna.person.email,
      to: [bernd.person.email, client()],
      files: [pdf],
    })
    const path = `/archiv/${mail.number}`
    const link = mail.links[0]!
    for (const action of ['widerrufen', 'verlaengern', 'senden']) {
      const to = `${path}/links/${link.linkId}/${action}`
      const response = await bernd.visitor.submit(path, { tage: '7' }, to)
      assert.equal(response.status, 404)
    }
    const { links } = await modules()
    const after = (await links.statusOf(mail.number)).find(({ linkId }) => linkId === link.linkId)
    assert.deepInclude(after, { revokedAt: null, expiresAt: link.expiresAt })
  })
})

test.group('Archive: a mail', () => {
  test('is found by words, and pages by number', async ({ assert }) => {
    const { visitor, person } = await staff()
    const numbers: number[] = []
    for (let nth = 1; nth <= 51; nth++) {
      const { number } = await accepted({
        from: person.email,
        to: [client()],
        subject: nth === 7 ? 'Rechnung 4711' : `Schreiben ${nth}`,
      })
      numbers.push(number)
    }
    const found = await visitor.page('/archiv?suche=4711+rechnung&richtung=')
    assert.include(found, 'Rechnung 4711')
    assert.notInclude(found, 'Schreiben')
    assert.include(await visitor.page('/archiv?suche=gibtesnicht'), 'Nichts gefunden')
    const first = await visitor.page('/archiv')
    assert.notInclude(first, `/archiv/${numbers[0]}"`)
    const older = /href="(\/archiv\?vor=\d+)"/.exec(first)![1]!
    const second = await visitor.page(older)
    assert.include(second, `/archiv/${numbers[0]}"`)
    assert.notInclude(second, `/archiv/${numbers[1]}"`)
    for (const query of ['vor=x', 'richtung=quer', 'vor=-1', `suche=${'x'.repeat(300)}`]) {
      const response = await visitor.get(`/archiv?${query}`)
      assert.equal(response.status, 200, query)
    }
  })

  test('shows names and subjects of strangers as text', async ({ assert }) => {
    const { visitor, person } = await staff()
    const mail = await sent({
      from: person.email,
      to: ['"<script>alert(1)</script>"@example.net'],
      subject: '\u202E<img src=x onerror=alert(1)>\u0000\u0007',
      text: '<b onclick="x">fett</b>',
      files: [{ name: '<svg onload=x>\u202Efdp.exe', content: 'x' }],
    })
    const list = await visitor.page('/archiv')
    const show = await visitor.page(`/archiv/${mail.number}`)
    for (const page of [list, show, await visitor.page('/webtresore')]) {
      assert.notMatch(page, /<script>alert|<img src=x|<svg onload|<b onclick/)
      assert.notInclude(page, '\u202E')
      assert.notInclude(page, '\u0007')
    }
    assert.include(show, '&lt;b onclick=&quot;x&quot;&gt;fett&lt;/b&gt;')
  })

  test('with HTML is a frame that can do nothing', async ({ assert }) => {
    const { visitor, person } = await staff()
    const html =
      '<base href="https://evil.example/"><LINK rel=preconnect href=https://evil.example>' +
      '<meta http-equiv=refresh content="0;url=https://evil.example"><script>alert(1)</script><IFRAME/src=https://evil.example></iframe>' +
      '<a\thref=https://evil.example>Link</a><p>Guten Tag'
    const mail = await sent({ from: person.email, to: [client()], html })
    const show = await visitor.page(`/archiv/${mail.number}`)
    assert.match(show, new RegExp(`<iframe [^>]*sandbox src="/archiv/${mail.number}/html"`))
    assert.notInclude(show, 'evil.example')
    const frame = await visitor.get(`/archiv/${mail.number}/html`)
    assert.equal(
      frame.headers.get('content-security-policy'),
      "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    )
    assert.equal(frame.headers.get('x-frame-options'), 'SAMEORIGIN')
    assert.equal(frame.headers.get('referrer-policy'), 'no-referrer')
    assert.equal(frame.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(frame.headers.get('content-type'), 'text/html; charset=utf-8')
    const content = await frame.text()
    assert.include(content, '<p>Guten Tag')
    assert.notMatch(
      content.replace('<meta charset="utf-8">', ''),
      /<\/?(a|base|link|meta|iframe)\b/i
    )
    const text = await visitor.page(`/archiv/${mail.number}?ansicht=text`)
    assert.include(text, 'anbei die Unterlagen')
    assert.notInclude(text, '<iframe')
    const none = await sent({ from: person.email, to: [client()] })
    const missing = await visitor.get(`/archiv/${none.number}/html`)
    assert.equal(missing.status, 404)
  })

  test('with a megabyte of HTML is shown without turning that into text, which takes many seconds', async ({
    assert,
  }) => {
    const { visitor, person } = await staff()
    const html = '<img src=a>b'.repeat(87_000)
    const mail = await sent({ from: person.email, to: [client()], html })
    for (const path of ['', '/html']) {
      assert.equal((await visitor.get(`/archiv/${mail.number}${path}`)).status, 200)
    }
  }).timeout(8_000)

  test('is downloaded byte for byte, with its proof', async ({ assert }) => {
    const { visitor, person } = await staff()
    const mail = await sent({ from: person.email, to: [client()], files: [pdf] })
    const path = `/archiv/${mail.number}`
    const original = await visitor.get(`${path}/original`)
    assert.equal(original.headers.get('content-type'), 'message/rfc822')
    assert.include(original.headers.get('content-disposition'), `"${mail.number}.eml"`)
    assert.equal(original.headers.get('content-security-policy'), "default-src 'none'; sandbox")
    assert.deepEqual(Buffer.from(await original.arrayBuffer()), mail.raw)
    const range = await visitor.get(`${path}/original`, { range: 'bytes=10-19' })
    assert.equal(range.status, 206)
    assert.equal(await range.text(), mail.raw.subarray(10, 20).toString())

    const { archive } = await modules()
    const delivery = mail.deliveries[0]!
    const delivered = await buffer(archive.form(mail.message, delivery))
    const form = await visitor.get(`${path}/zustellung/${delivery.id}/original`)
    assert.deepEqual(Buffer.from(await form.arrayBuffer()), delivered)
    const part = await visitor.get(`${path}/zustellung/${delivery.id}/original`, {
      range: 'bytes=100-299',
    })
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), delivered.subarray(100, 300))

    const proof = await visitor.get(`${path}/beweis`)
    assert.include(proof.headers.get('content-disposition'), `"${mail.number}.tlog-proof"`)
    assert.match(await proof.text(), /^c2sp\.org\/tlog-proof@v1\n/)
  })

  test('shows what was delivered beside what was sent', async ({ assert }) => {
    const { visitor, person } = await staff()
    const mail = await sent({
      from: person.email,
      to: [client()],
      files: [{ ...pdf, content: Buffer.alloc(90_000, 'a') }],
    })
    const path = `/archiv/${mail.number}/zustellung/${mail.deliveries[0]!.id}`
    const page = await visitor.page(path)
    assert.include(page, 'class="removed"')
    assert.include(page, 'class="added"')
    assert.match(page, /\d+ KB entfernt/)
    assert.include(page, 'Received: from')
    assert.isBelow(page.length, 60_000)
    const whole = await visitor.page(`${path}?ansicht=text`)
    assert.include(whole, 'Subject: ')
    assert.include(await visitor.page(`/archiv/${mail.number}/kopfzeilen`), 'Message-ID: ')
    assert.include(await visitor.page(`/archiv/${mail.number}/quelltext`), 'YWFhYWFh')
  })

  test('compared with itself as delivered leaves nothing out', async ({ assert }) => {
    const { person } = await staff()
    const mail = await sent({ from: person.email, to: [client()], files: [pdf], html: '<p>x</p>' })
    const { archive } = await modules()
    const delivery = mail.deliveries[0]!
    const pieces = await differencesOf(archive, mail.message, delivery)
    const joined = (...kinds: Piece['kind'][]) =>
      pieces.flatMap(({ kind, head }) => (kinds.includes(kind) ? [head] : [])).join('')
    assert.isTrue(pieces.every(({ hidden }) => hidden === 0))
    assert.equal(joined('same', 'removed'), mail.raw.toString())
    const delivered = await buffer(archive.form(mail.message, delivery))
    assert.equal(joined('same', 'added'), delivered.toString())
  })

  test('with malware in it, or not scanned yet, does not leave as a file', async ({ assert }) => {
    const { visitor, person } = await staff()
    const bad = await infected({ from: person.email, to: [client()], files: [pdf] })
    const fresh = await accepted({ from: person.email, to: [client()], files: [pdf] })
    for (const { number } of [bad, fresh]) {
      const response = await visitor.get(`/archiv/${number}/original`)
      assert.equal(response.status, 403)
      assert.notInclude(await visitor.page(`/archiv/${number}`), `/archiv/${number}/original`)
    }
    const form = await visitor.get(
      `/archiv/${bad.number}/zustellung/${bad.deliveries[0]!.id}/original`
    )
    assert.equal(form.status, 403)
    const page = await visitor.page(`/archiv/${bad.number}`)
    assert.include(page, 'infiziert: in Quarantäne')
    assert.notInclude(page, '/dateien/')
  })
})

test.group('Archive: links', () => {
  async function withLink() {
    const { visitor, person } = await staff()
    const mail = await sent({ from: person.email, to: [client()], files: [pdf] })
    const { links } = await modules()
    const link = mail.links[0]!
    const path = `/archiv/${mail.number}`
    const status = async () => (await links.statusOf(mail.number))[0]!
    const submit = (action: string, fields: Record<string, string>) =>
      visitor.submit(path, fields, `${path}/links/${link.linkId}/${action}`)
    return { visitor, mail, link, path, status, submit }
  }

  test('are extended, and say so', async ({ assert }) => {
    const { visitor, link, path, status, submit } = await withLink()
    const response = await submit('verlaengern', { tage: '14' })
    assert.equal(response.status, 302)
    assert.equal(response.headers.get('location'), path)
    const { expiresAt } = await status()
    assert.equal(expiresAt.getTime() - link.expiresAt.getTime(), 14 * 86_400_000)
    const page = await visitor.page(path)
    assert.include(page, 'Der Link ist verlängert.')
    assert.include(page, 'verlängert von')
  })

  test('are not extended by {$self} days')
    .with(['0', '-1', '366', 'x', ''])
    .run(async ({ assert }, tage) => {
      const { link, status, submit } = await withLink()
      await submit('verlaengern', { tage })
      const { expiresAt } = await status()
      assert.equal(expiresAt.getTime(), link.expiresAt.getTime())
    })

  test('are revoked for good', async ({ assert }) => {
    const { visitor, path, status, submit } = await withLink()
    await submit('widerrufen', {})
    assert.isNotNull((await status()).revokedAt)
    const page = await visitor.page(path)
    assert.include(page, 'Link widerrufen')
    assert.notInclude(page, 'verlaengern')
  })

  test('are sent again, once in five minutes, and anew when taken back', async ({ assert }) => {
    const first = await withLink()
    await first.submit('senden', {})
    assert.include(await first.visitor.page(first.path), 'Der Link ist noch einmal unterwegs.')
    await first.submit('senden', {})
    assert.include(await first.visitor.page(first.path), 'Bitte warten Sie fünf Minuten.')

    const { visitor, path, status, submit } = await withLink()
    await submit('widerrufen', {})
    await submit('senden', {})
    assert.isNotNull((await status()).revokedAt)
    await submit('senden', { widerrufen: 'ersetzen' })
    const after = await status()
    assert.isNull(after.revokedAt)
    assert.isNotNull(after.mailedAt)
    assert.include(await visitor.page(path), 'Ein neuer Link ist unterwegs.')
  })

  test('are given to somebody who asked, or refused', async ({ assert }) => {
    const { links } = await modules()
    const { visitor, mail, path, link } = await withLink()
    const token = links.tokenFor(mail.number, link.recipient, 1)
    for (const asker of ['ja@example.net', 'nein@example.net']) {
      await links.requestNewLink(token, { ip: '203.0.113.9', locale: 'de', asker })
    }
    assert.include(await visitor.page(path), 'Bitten um einen eigenen Link')
    for (const { id, address } of await links.askersOf(mail.number)) {
      const antwort = address.split('@')[0]!
      const response = await visitor.submit(path, { antwort }, `${path}/anfragen/${id}`)
      assert.equal(response.status, 302)
    }
    const given = (await links.statusOf(mail.number)).map(({ recipient }) => recipient)
    assert.include(given, 'ja@example.net')
    assert.notInclude(given, 'nein@example.net')
    const page = await visitor.page(path)
    assert.include(page, 'abgelehnt')
    assert.include(page, 'eigener Link')
  })

  test('of another mail are missing', async ({ assert }) => {
    const { visitor, path } = await withLink()
    const other = await withLink()
    const to = `${path}/links/${other.link.linkId}/widerrufen`
    const response = await visitor.submit(path, {}, to)
    assert.equal(response.status, 404)
    assert.isNull((await other.status()).revokedAt)
  })

  test('do not change without the form’s token', async ({ assert }) => {
    const { visitor, link, path, status } = await withLink()
    for (const action of ['widerrufen', 'verlaengern', 'senden']) {
      const to = `${path}/links/${link.linkId}/${action}`
      await visitor.request(to, { method: 'POST', body: new URLSearchParams({ tage: '7' }) })
    }
    assert.deepInclude(await status(), { revokedAt: null, expiresAt: link.expiresAt })
  })
})

test.group('Archive: headers of parts that no parser takes', () => {
  test('the page says that not all is shown: {$self}')
    .with(['Content-Transfer-Encoding', 'Content-ID'])
    .run(async ({ assert }, field) => {
      const { person, visitor } = await staff()
      const { archive } = await modules()
      const raw = [
        `From: ${person.email}`,
        'To: a@example.net',
        'Content-Type: multipart/alternative; boundary=b',
        '',
        '--b',
        `${field}: ${'\r\n '.repeat(80_000)}7bit`,
        '',
        'Geheimer Text',
        '--b--',
        '',
      ].join('\r\n')
      const to = envelope({ mailFrom: person.email, rcptTo: ['a@example.net'] })
      const { number } = await archive.accept(once(Buffer.from(raw)), to)
      await workOn(number, { noRelay: true })
      const response = await visitor.get(`/archiv/${number}`)
      assert.equal(response.status, 200)
      const page = await response.text()
      assert.include(page, 'Vollständig steht er im Original')
      assert.notInclude(page, 'enthält keinen Text')
    })
})
