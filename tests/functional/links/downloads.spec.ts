import { test } from '@japa/runner'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { BELEGE, JAHRESABSCHLUSS, served as serverAddress, servedLinks } from '#tests/served_links'
import { Visitor } from './visitor.ts'

const run = promisify(execFile)
type Served = Awaited<ReturnType<typeof servedLinks>>

/** A link without code, a visitor, and the address of a ticket. */
async function ticketFor(served: Served, file: string, changes = {}) {
  const issued = await served.issue(changes)
  const visitor = new Visitor()
  const response = await visitor.submit(issued.path, 'herunterladen', { file })
  return { ...issued, visitor, response, ticket: response.headers.get('location')! }
}

/** What is recorded arrives after the response. */
async function recorded(served: Served, number: number, events: number) {
  for (let waited = 0; waited < 100; waited++) {
    const entries = await served.ledger.entries({ number, type: 'link_downloaded', limit: 10 })
    if (entries.length >= events) break
    await pause(20)
  }
  const entries = await served.ledger.entries({ number, type: 'link_downloaded', limit: 10 })
  const [status] = await served.links.statusOf(number)
  return { entries, downloads: status!.downloads }
}

test.group('downloads', () => {
  test('begin with a POST, which answers with a ticket for this browser', async ({
    assert,
    cleanup,
  }) => {
    const served = await servedLinks({ cleanup }, { confirmation: 'none' })
    const { response, ticket, path, visitor } = await ticketFor(served, '1')
    assert.equal(response.status, 303)
    assert.match(ticket, new RegExp(`^${path}/datei/[\\w-]{43}$`))
    assert.isTrue(visitor.cookies.has('webtresor_geraet'))
    const foreign = await new Visitor().get(ticket)
    assert.equal(foreign.status, 404)
  })

  test('are the file as it was, to be saved and never shown', async ({ assert, cleanup }) => {
    const served = await servedLinks({ cleanup }, { confirmation: 'none' })
    const { visitor, ticket, number } = await ticketFor(served, '1')
    const response = await visitor.get(ticket)
    assert.equal(response.status, 200)
    assert.equal(
      response.headers.get('content-disposition'),
      `attachment; filename="Jahresabschluss 2025 _ geprueft.pdf"; ` +
        `filename*=UTF-8''Jahresabschlu%C3%9F%202025%20%E2%80%93%20gepr%C3%BCft.pdf`
    )
    assert.equal(response.headers.get('content-length'), String(JAHRESABSCHLUSS.length))
    assert.equal(response.headers.get('content-type'), 'application/pdf')
    assert.equal(response.headers.get('content-security-policy'), "default-src 'none'; sandbox")
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(response.headers.get('referrer-policy'), 'no-referrer')
    assert.isTrue(Buffer.from(await response.arrayBuffer()).equals(JAHRESABSCHLUSS))
    const { entries, downloads } = await recorded(served, number, 1)
    assert.lengthOf(entries, 1)
    assert.deepInclude(entries[0]!.detail, { bytes: JAHRESABSCHLUSS.length })
    assert.deepInclude(downloads[0], { complete: true, bytes: JAHRESABSCHLUSS.length })
  })

  test('HEAD says everything and uses nothing up', async ({ assert, cleanup }) => {
    const served = await servedLinks({ cleanup }, { confirmation: 'none' })
    const { visitor, ticket, number } = await ticketFor(served, '1')
    const response = await visitor.request(ticket, { method: 'HEAD' })
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-length'), String(JAHRESABSCHLUSS.length))
    assert.equal(response.headers.get('accept-ranges'), 'bytes')
    const [status] = await served.links.statusOf(number)
    assert.deepEqual(status!.downloads, [])
  })

  const size = JAHRESABSCHLUSS.length
  test('{range} is answered with {status}')
    .with([
      { range: 'bytes=0-99', status: 206, from: 0, to: 100 },
      { range: 'bytes=100-', status: 206, from: 100, to: size },
      { range: 'bytes=-7', status: 206, from: size - 7, to: size },
      { range: `bytes=0-${size * 2}`, status: 206, from: 0, to: size },
      { range: `bytes=-${size * 2}`, status: 206, from: 0, to: size },
      { range: `bytes=${size}-`, status: 416, from: 0, to: 0 },
      { range: 'bytes=-0', status: 416, from: 0, to: 0 },
      { range: 'bytes=5-1', status: 200, from: 0, to: size },
      { range: 'bytes=0-1,5-6', status: 200, from: 0, to: size },
      { range: 'lines=0-1', status: 200, from: 0, to: size },
    ])
    .run(async ({ assert, cleanup }, { range, status, from, to }) => {
      const served = await servedLinks({ cleanup }, { confirmation: 'none' })
      const { visitor, ticket } = await ticketFor(served, '1')
      const response = await visitor.get(ticket, { range })
      assert.equal(response.status, status)
      const body = Buffer.from(await response.arrayBuffer())
      assert.isTrue(body.equals(JAHRESABSCHLUSS.subarray(from, to)))
      const expected = { 206: `bytes ${from}-${to - 1}/${size}`, 416: `bytes */${size}`, 200: null }
      assert.equal(response.headers.get('content-range'), expected[status as 200])
    })

  test('are taken up where they broke off, and complete once', async ({ assert, cleanup }) => {
    const served = await servedLinks({ cleanup }, { confirmation: 'none' })
    const { visitor, ticket, number } = await ticketFor(served, '1')
    const first = await visitor.get(ticket, { range: 'bytes=0-999' })
    const etag = first.headers.get('etag')!
    await first.arrayBuffer()
    const stale = await visitor.get(ticket, { 'range': 'bytes=1000-', 'if-range': '"other"' })
    assert.equal(stale.status, 200)
    await stale.body!.cancel()
    const rest = await visitor.get(ticket, { 'range': 'bytes=1000-', 'if-range': etag })
    assert.equal(rest.status, 206)
    await rest.arrayBuffer()
    const { entries, downloads } = await recorded(served, number, 1)
    assert.lengthOf(entries, 1)
    assert.lengthOf(downloads, 1)
    assert.isTrue(downloads[0]!.complete)
  })

  test('that the client breaks off are started, not completed', async ({ assert, cleanup }) => {
    const served = await servedLinks({ cleanup }, { confirmation: 'none' })
    const large = await served.file('groß.bin', Buffer.alloc(20 * 1024 * 1024, 7), 'x')
    const { visitor, ticket, number } = await ticketFor(served, '1', { files: [large] })
    const cookie = `webtresor_geraet=${visitor.cookies.get('webtresor_geraet')}`
    const { host, port } = serverAddress()
    const client = request({ host, port, path: ticket, headers: { cookie } }).end()
    const [response] = await once(client, 'response')
    assert.equal(response.headers['content-type'], 'application/octet-stream')
    await once(response, 'data')
    client.destroy()
    await pause(300)
    const { entries, downloads } = await recorded(served, number, 0)
    assert.deepEqual(entries, [])
    assert.lengthOf(downloads, 1)
    assert.isFalse(downloads[0]!.complete)
    assert.isBelow(downloads[0]!.bytes, large.size)
  })

  test('of everything are a ZIP that unzips to the same bytes, one event a file', async ({
    assert,
    cleanup,
  }) => {
    const served = await servedLinks({ cleanup }, { confirmation: 'none' })
    const { visitor, ticket, number } = await ticketFor(served, 'all')
    const response = await visitor.get(ticket)
    const zip = Buffer.from(await response.arrayBuffer())
    assert.equal(response.headers.get('content-length'), String(zip.length))
    assert.equal(response.headers.get('content-type'), 'application/zip')
    const folder = await mkdtemp(join(tmpdir(), 'webtresor-zip-'))
    cleanup(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'a.zip'), zip)
    const { stdout } = await run('python3', [
      '-c',
      'import json,sys,zipfile\n' +
        'z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None\n' +
        'print(json.dumps([[i.filename,z.read(i).hex()] for i in z.infolist()]))',
      join(folder, 'a.zip'),
    ])
    assert.deepEqual(JSON.parse(stdout), [
      ['Jahresabschluß 2025 – geprüft.pdf', JAHRESABSCHLUSS.toString('hex')],
      ['Belege Q3.zip', BELEGE.toString('hex')],
    ])
    const part = await visitor.get(ticket, { range: 'bytes=50-149' })
    assert.isTrue(Buffer.from(await part.arrayBuffer()).equals(zip.subarray(50, 150)))
    const { entries } = await recorded(served, number, 2)
    assert.lengthOf(entries, 2)
  })

  test('of what is not there are refused: {file}')
    .with([{ file: '3' }, { file: '0' }, { file: 'x' }, { file: '' }])
    .run(async ({ assert, cleanup }, { file }) => {
      const served = await servedLinks({ cleanup }, { confirmation: 'none' })
      const { response } = await ticketFor(served, file)
      assert.equal(response.status, 404)
    })
})
