import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { randomUUID } from 'node:crypto'
import { RETURNS } from '#uploads'
import { Vaults, type VaultViewer } from '#vault'
import { served, servedLinks } from '#tests/served_links'
import { bytesOf, checkedFiles, refusal, someBytes, uploaded } from '#tests/tus_client'
import { endless } from '#tests/endless_request'
import { formOf, Visitor } from '../links/visitor.ts'

type Context = Parameters<typeof servedLinks>[0]
type Recipient = Awaited<ReturnType<typeof recipient>>

/** A recipient who has entered his code, on the page of his link. */
async function recipient(context: Context) {
  const { issue, codeFor } = await servedLinks(context)
  const sender = `a.berger-${randomUUID()}@kanzlei-berger.example`
  const { path, number } = await issue({ sender })
  const visitor = new Visitor()
  await visitor.submit(path, 'code')
  await visitor.submit(path, 'bestaetigen', { code: await codeFor(number) })
  const link = await db.from('links').where('number', number).firstOrFail()
  const boss: VaultViewer = { id: 0, name: 'Anna Berger', role: 'staff', mailboxes: [sender] }
  return { visitor, path, link, boss }
}

/** A form as programs write it: each part's header and content. */
async function sendParts(
  { visitor, path }: Recipient,
  parts: [string, string][],
  ending = '--b--\r\n'
) {
  const address = `${path}/zuruecksenden?form=${encodeURIComponent(formOf(await visitor.page(path)))}`
  const body = parts.map(([header, content]) => `--b\r\n${header}\r\n\r\n${content}\r\n`).join('')
  const headers = { 'content-type': 'multipart/form-data; boundary=b' }
  return visitor.request(address, { method: 'POST', headers, body: body + ending })
}

const disposition = (rest: string) => `Content-Disposition: form-data; name="a"; ${rest}`

/** What lies in the sender's vault under the mail and the recipient. */
async function arrived(boss: VaultViewer, name: string) {
  const vaults = await app.container.make(Vaults)
  const [vault] = await vaults.deposits.vaultsOf(boss.mailboxes)
  if (!vault) return []
  const access = await vaults.open(vault.number, boss)
  const mails = await vaults.list(access, null, { limit: 10 })
  const folders = await vaults.list(access, mails.entries[0]!.id, { limit: 10 })
  const folder = folders.entries.find((entry) => entry.name === name)
  return folder ? checkedFiles(access, folder.id) : []
}

function form(files: [string, Buffer][]): FormData {
  const data = new FormData()
  for (const [name, bytes] of files) data.append('dateien', new Blob([new Uint8Array(bytes)]), name)
  return data
}

test.group('files sent back through a link', () => {
  test('by a plain form: they lie in the sender’s vault under the mail, checked, and he is told', async ({
    assert,
    ...context
  }) => {
    const { visitor, path, link, boss } = await recipient(context as Context)
    const page = await visitor.page(path)
    assert.include(page, 'Dateien zurücksenden')
    const big = someBytes(3_000_000)
    const address = `${path}/zuruecksenden?form=${encodeURIComponent(formOf(page))}`
    const files: [string, Buffer][] = [
      ['Vollmacht unterschrieben.pdf', big],
      ['leer.txt', Buffer.alloc(0)],
    ]
    const body = form(files)
    body.append('dateien', new Blob(['x'], { type: `text/${'x'.repeat(300)}` }), 'lang.txt')
    body.append('dateien', new Blob(['x'], { type: 'Text/CSV; charset="a"' }), 'liste.csv')
    const response = await visitor.request(address, { method: 'POST', body })
    assert.equal(response.status, 303)
    assert.equal(response.headers.get('location'), `${path}?gesendet=4`)
    assert.include(await visitor.page(`${path}?gesendet=4`), '4 Dateien sind angekommen')

    const found = await arrived(boss, link.recipient)
    assert.sameMembers(
      found.map(({ name }) => name),
      ['Vollmacht unterschrieben.pdf', 'lang.txt', 'leer.txt', 'liste.csv']
    )
    const typeOf = (name: string) => found.find((one) => one.name === name)!.type
    assert.deepEqual(
      [typeOf('lang.txt'), typeOf('liste.csv')],
      ['application/octet-stream', 'text/csv']
    )
    const file = found.find(({ size }) => size > 1)!
    assert.include(file, { madeBy: link.recipient, madeById: null, verdict: 'unscanned' })
    assert.isTrue((await bytesOf(file)).equals(big))
    const told = await db
      .from('activities')
      .where({ what: 'returned', entry_id: file.id })
      .firstOrFail()
    assert.deepEqual(JSON.parse(told.details), { recipient: link.recipient, message: link.number })
  })

  test('by a script: a ticket, then tus', async ({ assert, ...context }) => {
    const { visitor, path, link, boss } = await recipient(context as Context)
    const page = await visitor.page(path)
    const answer = await visitor.post(`${path}/ausweis`, { form: formOf(page) })
    assert.equal(answer.status, 201)
    const { ticket, endpoint } = (await answer.json()) as { ticket: string; endpoint: string }
    assert.equal(endpoint, '/hochladen')
    const headers = { Authorization: `Bearer ${ticket}` }
    const bytes = someBytes(1_500_000)
    const url = await uploaded(bytes, headers, { vault: 99, name: 'Foto.jpg', chunkSize: 400_000 })
    const [file] = await arrived(boss, link.recipient)
    assert.equal(file!.name, 'Foto.jpg')
    assert.isTrue((await bytesOf(file!)).equals(bytes))
    const tus = { 'Tus-Resumable': '1.0.0' }
    assert.equal((await fetch(url, { method: 'HEAD', headers: tus })).status, 401)
    assert.deepInclude(await refusal(Buffer.from('x'), headers, { vault: 1, name: '../x' }), {
      status: 422,
      code: 'E_NAME',
    })
  })

  test('nobody else sends anything: without the code, with another’s form', async ({
    assert,
    ...context
  }) => {
    const { path, visitor, boss, link } = await recipient(context as Context)
    const stranger = new Visitor()
    const theirs = formOf(await stranger.page(path))
    for (const [who, proof] of [
      [stranger, theirs],
      [visitor, theirs],
      [visitor, ''],
    ] as const) {
      const address = `${path}/zuruecksenden?form=${encodeURIComponent(proof)}`
      const body = form([['a.txt', Buffer.from('x')]])
      const response = await who.request(address, { method: 'POST', body })
      assert.equal(response.headers.get('location'), path)
      assert.equal((await who.post(`${path}/ausweis`, { form: proof })).status, 403)
    }
    const unknown = await fetch(`${served().url}/d/${'A'.repeat(27)}/ausweis`, { method: 'POST' })
    assert.equal(unknown.status, 403)
    assert.lengthOf(await arrived(boss, link.recipient), 0)
  })

  test('with a link that was revoked or has expired its tickets end', async ({
    assert,
    ...context
  }) => {
    const { visitor, path, link, boss } = await recipient(context as Context)
    const answer = await visitor.post(`${path}/ausweis`, { form: formOf(await visitor.page(path)) })
    const { ticket } = (await answer.json()) as { ticket: string }
    const headers = { Authorization: `Bearer ${ticket}` }
    const row = () => db.from('links').where('id', link.id)
    const over = [
      { revoked_at: Date.now(), expires_at: link.expires_at },
      { revoked_at: null, expires_at: 1 },
    ]
    for (const end of over) {
      await row().update(end)
      const told = await refusal(Buffer.from('x'), headers, { vault: 1 })
      assert.deepInclude(told, { status: 401, code: 'E_NO_TICKET' })
    }
    await row().update({ revoked_at: null, expires_at: link.expires_at })
    await uploaded(Buffer.from('x'), headers, { vault: 1 })
    assert.lengthOf(await arrived(boss, link.recipient), 1)
  })

  test('there is an end to what comes in a day', async ({ assert, ...context }) => {
    const { visitor, path, link } = await recipient(context as Context)
    const past = { ...base(link.id), length: RETURNS.bytes }
    await db.table('uploads').insert({ ...past, id: randomUUID() })
    const page = await visitor.page(path)
    const address = `${path}/zuruecksenden?form=${encodeURIComponent(formOf(page))}`
    const body = form([['a.txt', Buffer.from('x')]])
    const response = await visitor.request(address, { method: 'POST', body })
    assert.equal(response.headers.get('location'), `${path}?gesendet=0&nicht=E_TOO_MANY`)
    assert.include(await visitor.page(response.headers.get('location')!), 'heute schon zu viel')
    await db.from('uploads').where('link_id', link.id).update({ begun_at: 0 })
    const tomorrow = await visitor.request(address, {
      method: 'POST',
      body: form([['a.txt', Buffer.from('x')]]),
    })
    assert.equal(tomorrow.headers.get('location'), `${path}?gesendet=1`)
  })
})

test.group('forms as programs and attackers write them', () => {
  test('header lines without end are refused while they still come: {what}')
    .with([
      { what: 'a value', line: 'X-Long: ', more: 'a' },
      { what: 'a name', line: '', more: 'a' },
      { what: 'many lines', line: '', more: 'a: b\r\n' },
      { what: 'quotes', line: 'Content-Disposition: form-data; ', more: ' filename="' },
    ])
    .run(async ({ assert, ...context }, { line, more }) => {
      const { visitor, path } = await recipient(context as unknown as Context)
      const proof = encodeURIComponent(formOf(await visitor.page(path)))
      const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const { status, sent } = await endless(`${path}/zuruecksenden?form=${proof}`, {
        headers: { cookie, 'content-type': 'multipart/form-data; boundary=b' },
        begin: `--b\r\n${disposition('filename="a"')}\r\n${line}`,
        more,
      })
      assert.oneOf(status, [400, undefined])
      assert.isBelow(sent, 16 * 1024 * 1024)
    })

  test('a header may have 16 KB, and a refusal says so', async ({ assert, ...context }) => {
    const who = await recipient(context as Context)
    const answer = (length: number) =>
      sendParts(who, [[`${disposition('filename="a.txt"')}\r\nX: ${'a'.repeat(length)}`, 'x']])
    assert.equal((await answer(16_000)).headers.get('location'), `${who.path}?gesendet=1`)
    const refused = await answer(16_400)
    assert.equal(refused.status, 400)
    assert.include(await refused.text(), 'konnte nicht verarbeitet werden')
    assert.lengthOf(await arrived(who.boss, who.link.recipient), 1)
  })

  test('names come as they were meant, and fields are no files', async ({ assert, ...context }) => {
    const who = await recipient(context as Context)
    const answer = await sendParts(who, [
      [disposition('filename="C:\\Belege\\M%22a%22.txt"'), 'a\r\n--\r\nb'],
      [disposition('filename=b.txt'), ''],
      [disposition(`filename*=utf-8''%C3%BC.txt`), 'x'],
      [disposition(`filename*=utf-8''%`), 'x'],
      ['Content-Disposition: form-data; name="c"', 'a field'],
      ['', 'nothing'],
    ])
    assert.equal(answer.headers.get('location'), `${who.path}?gesendet=4`)
    const found = await arrived(who.boss, who.link.recipient)
    assert.sameMembers(
      found.map(({ name }) => name),
      ['M"a".txt', 'b.txt', 'ü.txt', '%']
    )
    const first = found.find(({ name }) => name.startsWith('M'))!
    assert.equal(String(await bytesOf(first)), 'a\r\n--\r\nb')
  })

  test('what is no form is refused: {what}')
    .with([
      { what: 'it ends early', parts: [[disposition('filename="a"'), 'x']], ending: '' },
      { what: 'no field', parts: [['Content-Disposition', 'x']] },
      { what: 'an encoding', parts: [['Content-Transfer-Encoding: base64', 'x']] },
      { what: 'a longer delimiter', parts: [], ending: '--bc\r\n\r\n' },
      { what: 'many parts', parts: Array.from({ length: 1001 }, () => ['', '']) },
    ] as { what: string; parts: [string, string][]; ending?: string }[])
    .run(async ({ assert, ...context }, { parts, ending }) => {
      const who = await recipient(context as unknown as Context)
      assert.equal((await sendParts(who, parts, ending)).status, 400)
      assert.lengthOf(await arrived(who.boss, who.link.recipient), 0)
    })

  test('a text is no form, and nothing comes of it', async ({ assert, ...context }) => {
    const { visitor, path } = await recipient(context as Context)
    const address = `${path}/zuruecksenden?form=${encodeURIComponent(formOf(await visitor.page(path)))}`
    const answer = await visitor.request(address, { method: 'POST', body: 'x' })
    assert.equal(answer.headers.get('location'), path)
  })

  test('a refused file is passed over to the end of the form', async ({ assert, ...context }) => {
    const who = await recipient(context as Context)
    const answer = await sendParts(who, [
      [disposition('filename="a/.."'), 'x'.repeat(300_000)],
      [disposition('filename="b.txt"'), 'y'],
    ])
    assert.equal(answer.headers.get('location'), `${who.path}?gesendet=0&nicht=E_NAME`)
  })

  test('no other page reads such a form', async ({ assert }) => {
    const { status, sent } = await endless('/anmelden', {
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      begin: '--b\r\nX-Long: ',
      more: 'a',
    })
    assert.notEqual(status, 500)
    assert.isBelow(sent, 16 * 1024 * 1024)
  })
})

function base(link: string) {
  const now = Date.now()
  return {
    ...{ blob: randomUUID(), name: 'a', type: 'text/plain', path: '[]', conflict: 'keep' },
    ...{ metadata: '', link_id: link, returned: '{}', begun_at: now, active_at: now, done_at: now },
  }
}
