import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Sessions } from '#accounts'
import { transaction } from '#transaction'
import { Uploads } from '#uploads'
import { served } from '#tests/served_links'
import {
  browserHeaders,
  bytesOf,
  checkedFiles,
  owner,
  refusal,
  someBytes,
  upload,
  uploaded,
} from '#tests/tus_client'
import { until } from '#tests/until'

const MIB = 1024 * 1024
const tusHeaders = { 'Tus-Resumable': '1.0.0' }

function meta(facts: Record<string, string | number>): string {
  return Object.entries(facts)
    .map(([key, value]) => `${key} ${Buffer.from(String(value)).toString('base64')}`)
    .join(',')
}

const reservedOf = async (number: number) =>
  (await db.from('vaults').where('number', number).firstOrFail()) as {
    reserved: number
    used: number
  }

test.group('uploads', () => {
  test('a browser brings files of any size and name, in pieces as it likes', async ({ assert }) => {
    const { visitor, access, number } = await owner()
    const headers = await browserHeaders(visitor)
    const cases = [
      { name: 'leer.txt', bytes: Buffer.alloc(0) },
      { name: 'ein Byte.txt', bytes: Buffer.from('x') },
      { name: 'Überweisung „Q3“ 日本.pdf', bytes: someBytes(3 * MIB + 7), chunkSize: 700_001 },
      { name: 'auf einmal.bin', bytes: someBytes(2 * MIB), uploadDataDuringCreation: true },
    ]
    for (const { name, bytes, ...options } of cases) {
      await uploaded(bytes, headers, { vault: number, name, ...options })
    }
    const files = await checkedFiles(access)
    assert.sameMembers(
      files.map(({ name }) => name),
      cases.map(({ name }) => name)
    )
    for (const { name, bytes } of cases) {
      const file = files.find((one) => one.name === name)!
      const found = await bytesOf(file)
      assert.isTrue(found.equals(bytes), name)
      assert.equal(file.sha256, createHash('sha256').update(bytes).digest('hex'), name)
    }
    const size = cases.reduce((sum, { bytes }) => sum + bytes.length, 0)
    assert.include(await reservedOf(number), { used: size, reserved: 0 })
  })

  test('goes on after a connection that broke off', async ({ assert }) => {
    const { visitor, access, number } = await owner()
    const headers = await browserHeaders(visitor)
    const bytes = someBytes(4 * MIB)
    const created = await fetch(`${served().url}/hochladen`, {
      method: 'POST',
      headers: {
        ...tusHeaders,
        ...headers,
        'Upload-Length': String(bytes.length),
        'Upload-Metadata': meta({ filename: 'groß.bin', vault: number }),
      },
    })
    assert.equal(created.status, 201, await created.text())
    const path = created.headers.get('location')!
    await cut(path, headers, bytes.subarray(0, 1_500_000), bytes.length)

    const { client, finished } = upload(bytes, headers, {
      vault: number,
      uploadUrl: served().url + path,
    })
    const offsets: number[] = []
    client.options.onChunkComplete = (_, accepted) => void offsets.push(accepted)
    const head = await fetch(served().url + path, {
      method: 'HEAD',
      headers: { ...tusHeaders, ...headers },
    })
    const kept = Number(head.headers.get('upload-offset'))
    assert.isAbove(kept, 1_000_000)
    assert.isAtMost(kept, 1_500_000)
    client.start()
    await finished
    const [file] = await checkedFiles(access)
    assert.isTrue((await bytesOf(file!)).equals(bytes))
  }).timeout(30_000)

  test('a ticket is enough for a program, and no cookie counts beside it', async ({ assert }) => {
    const { visitor, person, access, vaults, number } = await owner()
    const folder = await vaults.makeFolder(access, null, 'Belege')
    const { 'X-CSRF-TOKEN': csrf } = await browserHeaders(visitor)
    const given = await visitor.request(`/webtresore/${number}/hochladen/ausweis`, {
      method: 'POST',
      headers: { 'X-CSRF-TOKEN': csrf!, 'Content-Type': 'application/json' },
      body: JSON.stringify({ ordner: folder }),
    })
    assert.equal(given.status, 201)
    const elsewhere = await visitor.request(`/webtresore/${number}/hochladen/ausweis`, {
      method: 'POST',
      headers: { 'X-CSRF-TOKEN': csrf!, 'Content-Type': 'application/json' },
      body: JSON.stringify({ ordner: 'Belege' }),
    })
    assert.equal(elsewhere.status, 404)
    const { ticket } = (await given.json()) as { ticket: string }
    const headers = { Authorization: `Bearer ${ticket}` }
    await uploaded(Buffer.from('per Programm'), headers, { vault: number, folder, name: 'a.txt' })
    const files = await checkedFiles(access, folder)
    assert.deepEqual(
      files.map(({ name }) => name),
      ['a.txt']
    )
    for (const to of [{ vault: number }, { vault: number + 1, folder }]) {
      const { status, code } = await refusal(Buffer.from('x'), headers, to)
      assert.deepEqual([status, code], [403, 'E_TICKET'])
    }
    const forged = await refusal(
      Buffer.from('x'),
      { ...(await browserHeaders(visitor)), Authorization: `Bearer ${'A'.repeat(43)}` },
      { vault: number }
    )
    assert.deepEqual([forged.status, forged.code], [401, 'E_NO_TICKET'])
    const rows = await db.from('upload_tickets').where('vault_number', number)
    assert.notInclude(JSON.stringify(rows), ticket)
    // Whoever ends his sessions, as after a theft, ends what was handed out in them too.
    const sessions = await app.container.make(Sessions)
    await transaction(db, (trx) => sessions.end(trx, person.id))
    const over = await refusal(Buffer.from('x'), headers, { vault: number, folder })
    assert.deepEqual([over.status, over.code], [401, 'E_NO_TICKET'])
  })

  test('whole folders come with their folders', async ({ assert }) => {
    const { visitor, access, vaults, number } = await owner()
    const headers = await browserHeaders(visitor)
    for (const relativePath of ['Belege/2026/Q1/a.pdf', '/Belege/2026/Q2/a.pdf']) {
      await uploaded(Buffer.from(relativePath), headers, {
        vault: number,
        name: 'a.pdf',
        relativePath,
      })
    }
    const top = await vaults.list(access, null, { limit: 10 })
    assert.deepEqual(
      top.entries.map(({ kind, name }) => [kind, name]),
      [['folder', 'Belege']]
    )
    const year = await vaults.list(access, top.entries[0]!.id, { limit: 10 })
    const quarters = await vaults.list(access, year.entries[0]!.id, { limit: 10 })
    assert.deepEqual(
      quarters.entries.map(({ name }) => name),
      ['Q1', 'Q2']
    )
  })

  test('a name that is taken: asked, replaced, kept, left out', async ({ assert }) => {
    const { visitor, access, number } = await owner()
    const headers = await browserHeaders(visitor)
    const put = (conflict: string) => ({ vault: number, name: 'Bericht.pdf', conflict })
    await uploaded(Buffer.from('eins'), headers, put('ask'))
    assert.deepInclude(await refusal(Buffer.from('zwei'), headers, put('ask')), {
      status: 409,
      code: 'E_NAME_TAKEN',
      names: ['Bericht.pdf'],
    })
    assert.deepInclude(await refusal(Buffer.from('zwei'), headers, put('skip')), {
      status: 409,
      code: 'E_SKIPPED',
    })
    await uploaded(Buffer.from('zwei'), headers, put('replace'))
    await uploaded(Buffer.from('drei'), headers, put('keep'))
    const files = await checkedFiles(access)
    const found = await Promise.all(
      files.map(async (file) => [file.name, file.versionNumber, (await bytesOf(file)).toString()])
    )
    assert.sameDeepMembers(found, [
      ['Bericht.pdf', 2, 'zwei'],
      ['Bericht (2).pdf', 1, 'drei'],
    ])
    assert.include(await reservedOf(number), { reserved: 0, used: 12 })
  })

  test('a name that is taken meanwhile costs nobody his file', async ({ assert }) => {
    const { visitor, access, number } = await owner()
    const headers = await browserHeaders(visitor)
    const late = upload(Buffer.from('spät'), headers, { vault: number, name: 'a.txt' })
    const created = Promise.withResolvers<void>()
    late.client.options.onUploadUrlAvailable = () => created.resolve()
    late.client.options.onBeforeRequest = async (request) => {
      if (request.getMethod() !== 'PATCH') return
      await created.promise
      await uploaded(Buffer.from('früh'), headers, { vault: number, name: 'a.txt' })
    }
    late.client.start()
    await late.finished
    const files = await checkedFiles(access)
    assert.sameMembers(
      files.map(({ name }) => name),
      ['a.txt', 'a (2).txt']
    )
  })

  test('given up by its client or idle for a day, nothing of it is left', async ({ assert }) => {
    const { visitor, number } = await owner()
    const headers = await browserHeaders(visitor)
    const begin = async () => {
      const response = await fetch(`${served().url}/hochladen`, {
        method: 'POST',
        headers: {
          ...tusHeaders,
          ...headers,
          'Upload-Length': '1000',
          'Upload-Metadata': meta({ filename: 'a.txt', vault: number, conflict: 'keep' }),
        },
      })
      assert.isString(response.headers.get('upload-expires'))
      return served().url + response.headers.get('location')!
    }
    const [ended, idle] = [await begin(), await begin()]
    assert.equal((await reservedOf(number)).reserved, 2000)
    const gone = await fetch(ended, { method: 'DELETE', headers: { ...tusHeaders, ...headers } })
    assert.equal(gone.status, 204)
    assert.equal((await reservedOf(number)).reserved, 1000)

    const id = idle.split('/').at(-1)!
    const past = Date.now() - 25 * 3600_000
    await db.from('uploads').where('id', id).update({ active_at: past })
    const uploads = await app.container.make(Uploads)
    await uploads.sweep()
    assert.equal((await reservedOf(number)).reserved, 0)
    const head = await fetch(idle, { method: 'HEAD', headers: { ...tusHeaders, ...headers } })
    assert.equal(head.status, 404)
    assert.isNull(await db.from('growing_blobs').where('length', 1000).first())
  })

  test('checksums: a piece that does not match leaves no trace', async ({ assert }) => {
    const { visitor, access, number } = await owner()
    const headers = { ...tusHeaders, ...(await browserHeaders(visitor)) }
    const options = await fetch(`${served().url}/hochladen`, { method: 'OPTIONS' })
    assert.equal(options.headers.get('tus-checksum-algorithm'), 'sha1,sha256')
    assert.include(options.headers.get('tus-extension'), 'checksum')
    assert.isNull(options.headers.get('access-control-allow-origin'))
    const created = await fetch(`${served().url}/hochladen`, {
      method: 'POST',
      headers: {
        ...headers,
        'Upload-Length': '10',
        'Upload-Metadata': meta({ filename: 'a.txt', vault: number }),
      },
    })
    const url = served().url + created.headers.get('location')!
    const patch = (offset: number, body: string, checksum: string) =>
      fetch(url, {
        method: 'PATCH',
        headers: {
          ...headers,
          'Content-Type': 'application/offset+octet-stream',
          'Upload-Offset': String(offset),
          'Upload-Checksum': checksum,
        },
        body,
      })
    const sum = (algorithm: string, text: string) =>
      `${algorithm} ${createHash(algorithm).update(text).digest('base64')}`
    assert.equal((await patch(0, '01234', sum('sha256', 'other'))).status, 460)
    assert.equal((await patch(0, '01234', 'md5 AAAA')).status, 400)
    const head = await fetch(url, { method: 'HEAD', headers })
    assert.equal(head.headers.get('upload-offset'), '0')
    assert.equal((await patch(0, '01234', sum('sha1', '01234'))).status, 204)
    assert.equal((await patch(5, '56789', sum('sha256', '56789'))).status, 204)
    const [file] = await checkedFiles(access)
    assert.equal((await bytesOf(file!)).toString(), '0123456789')
  })

  test('a newer connection takes over from one that hangs', async ({ assert }) => {
    const { visitor, number } = await owner()
    const headers = await browserHeaders(visitor)
    const created = await fetch(`${served().url}/hochladen`, {
      method: 'POST',
      headers: {
        ...tusHeaders,
        ...headers,
        'Upload-Length': '1000',
        'Upload-Metadata': meta({ filename: 'a.txt', vault: number }),
      },
    })
    const path = created.headers.get('location')!
    const socket = begun(path, headers, 1000)
    socket.write(Buffer.alloc(300))
    await arriving(path)
    const started = Date.now()
    const head = await fetch(served().url + path, {
      method: 'HEAD',
      headers: { ...tusHeaders, ...headers },
    })
    assert.equal(head.headers.get('upload-offset'), '300')
    assert.isBelow(Date.now() - started, 5000)
    socket.destroy()
    const { client, finished } = upload(Buffer.alloc(1000), headers, {
      vault: number,
      uploadUrl: served().url + path,
    })
    client.start()
    await finished
    assert.equal(await db.from('upload_locks').where('id', path.split('/').at(-1)!).first(), null)
  })
})

/** The head of a PATCH request on a connection of its own. */
function begun(path: string, headers: Record<string, string>, length: number) {
  const { port } = served()
  const socket = connect(port, 'localhost')
  socket.on('error', () => {})
  const all = {
    ...headers,
    ...tusHeaders,
    'Host': `localhost:${port}`,
    'Content-Type': 'application/offset+octet-stream',
    'Upload-Offset': '0',
    'Content-Length': String(length),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  socket.write(`PATCH ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  return socket
}

/** Waits until the server takes in what is sent to an upload, and has had time to take what came so far. */
async function arriving(path: string) {
  const id = path.split('/').at(-1)!
  await until(async () => (await db.from('upload_locks').where('id', id)).length > 0)
  await pause(300)
}

/** Sends less than was announced, and vanishes. */
async function cut(path: string, headers: Record<string, string>, bytes: Buffer, length: number) {
  const socket = begun(path, headers, length)
  await new Promise((resolve) => socket.write(bytes, resolve))
  await arriving(path)
  socket.destroy()
  await pause(300)
}
