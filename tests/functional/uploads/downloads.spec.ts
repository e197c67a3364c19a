import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Vaults } from '#vault'
import { transaction } from '#transaction'
import { signedIn } from '#tests/visitor'
import { browserHeaders, checkedFiles, owner, someBytes, uploaded } from '#tests/tus_client'

const run = promisify(execFile)

/** Names in an archive and what they hold, as Python unpacks it. */
async function unpacked(archive: Buffer): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-zip-'))
  try {
    await writeFile(join(folder, 'a.zip'), archive)
    const { stdout } = await run(
      'python3',
      [
        '-c',
        'import json,sys,zipfile,hashlib\n' +
          'z=zipfile.ZipFile(sys.argv[1])\n' +
          'assert z.testzip() is None\n' +
          'print(json.dumps({i.filename:z.read(i).hex() for i in z.infolist()}))',
        join(folder, 'a.zip'),
      ],
      { maxBuffer: 64 * 1024 * 1024 }
    )
    return JSON.parse(stdout) as Record<string, string>
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function filled() {
  const at = await owner()
  const headers = await browserHeaders(at.visitor)
  const big = someBytes(2_500_000)
  const files = [
    { name: 'Übersicht 2026.pdf', bytes: big },
    { name: 'aux.txt', bytes: Buffer.from('Gerät') },
    { name: '..\\..\\autorun.inf', bytes: Buffer.from('Slip') },
    { name: 'a.txt', relativePath: 'Belege/Q1/a.txt', bytes: Buffer.from('A') },
    { name: 'virus.exe', relativePath: 'Belege/virus.exe', bytes: Buffer.from('böse') },
  ]
  for (const { bytes, ...more } of files) {
    await uploaded(bytes, headers, { vault: at.number, ...more })
  }
  await checkedFiles(at.access)
  const blobs = await db.from('versions').select('blob').where('verdict', 'pending')
  const { Checking } = await import('#checking')
  const checking = await app.container.make(Checking)
  for (const { blob } of blobs) await checking.check(blob)
  const { entries } = await at.vaults.list(at.access, null, { limit: 100 })
  return { ...at, headers, big, entries }
}

const activities = (number: number) =>
  db
    .from('activities')
    .join('vaults', 'vaults.id', 'activities.vault_id')
    .where({ 'vaults.number': number, 'what': 'downloaded' })
    .select('activities.*')

/** What is noted once a response is over. */
async function noted(number: number, count: number) {
  for (let tries = 0; tries < 50; tries++) {
    const rows = await activities(number)
    if (rows.length >= count) return rows
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return activities(number)
}

test.group('downloads', () => {
  test('a selection as one ZIP: folders, safe names, without what is not handed out', async ({
    assert,
  }) => {
    const { visitor, number, entries, big, vaults } = await filled()
    const virus = await db.from('versions').where('size', 5).orderBy('id', 'desc').firstOrFail()
    await transaction(db, (trx) => vaults.verdicts.judge(trx, [virus.id], 'infected', 'Test.Virus'))
    const ids = entries.map(({ id }) => id).join(',')
    const path = `/webtresore/${number}/herunterladen?eintraege=${ids}`
    const response = await visitor.get(path, { 'accept-language': 'de' })
    assert.equal(response.status, 200)
    assert.include(response.headers.get('content-disposition')!, 'Mandant Meyer.zip')
    const archive = Buffer.from(await response.arrayBuffer())
    assert.equal(archive.length, Number(response.headers.get('content-length')))
    const found = await unpacked(archive)
    assert.sameMembers(Object.keys(found), [
      'Belege/',
      'Belege/Q1/',
      'Belege/Q1/a.txt',
      '.._.._autorun.inf',
      '_aux.txt',
      'Übersicht 2026.pdf',
      'Nicht enthalten.txt',
    ])
    assert.equal(found['Übersicht 2026.pdf'], big.toString('hex'))
    const list = Buffer.from(found['Nicht enthalten.txt']!, 'hex').toString()
    assert.include(list, 'Belege/virus.exe\tinfiziert und gesperrt')

    const [row] = await noted(number, 1)
    assert.deepInclude(JSON.parse(row.details), { zip: true, files: 4, left: 1 })

    const etag = response.headers.get('etag')!
    const [start, end] = [1_000_000, 1_700_000]
    const part = await visitor.get(path, {
      'accept-language': 'de',
      'range': `bytes=${start}-${end - 1}`,
      'if-range': etag,
    })
    assert.equal(part.status, 206)
    assert.isTrue(Buffer.from(await part.arrayBuffer()).equals(archive.subarray(start, end)))
    assert.lengthOf(await activities(number), 1)

    const posted = await visitor.request(`/webtresore/${number}/herunterladen`, {
      method: 'POST',
      body: new URLSearchParams({
        '_csrf': (await browserHeaders(visitor))['X-CSRF-TOKEN']!,
        'eintraege[]': String(entries[0]!.id),
      }),
    })
    assert.equal(posted.status, 200)
    assert.include(posted.headers.get('content-disposition')!, 'Belege.zip')
    const folder = await unpacked(Buffer.from(await posted.arrayBuffer()))
    assert.include(Object.keys(folder), 'Belege/Q1/a.txt')
  })

  test('one file goes on where it broke off, and its download is noted once', async ({
    assert,
  }) => {
    const { visitor, number, entries, big } = await filled()
    const file = entries.find(({ name }) => name.startsWith('Übersicht'))!
    const path = `/webtresore/${number}/dateien/${file.id}`
    const preview = await visitor.get(`${path}?vorschau=1`)
    await preview.arrayBuffer()
    const head = await visitor.request(path, { method: 'HEAD' })
    assert.equal(head.headers.get('content-length'), String(big.length))
    const etag = head.headers.get('etag')!
    const first = await visitor.get(path, { range: 'bytes=0-999' })
    const rest = await visitor.get(path, { 'range': 'bytes=1000-', 'if-range': etag })
    const whole = Buffer.concat([
      Buffer.from(await first.arrayBuffer()),
      Buffer.from(await rest.arrayBuffer()),
    ])
    assert.isTrue(whole.equals(big))
    const rows = await noted(number, 1)
    assert.lengthOf(rows, 1)
    assert.include(rows[0], { entry_id: file.id })
  })

  test('what a file was before can still be had, by those who may', async ({ assert }) => {
    const { visitor, number, headers, access } = await filled()
    const put = { vault: number, name: 'aux.txt', conflict: 'replace' }
    await uploaded(Buffer.from('Neu'), headers, put)
    const file = (await checkedFiles(access)).find(({ name }) => name === 'aux.txt')!
    const path = `/webtresore/${number}/dateien/${file.id}/versionen`
    const texts = await Promise.all(
      [1, 2].map(async (version) => (await visitor.get(`${path}/${version}`)).text())
    )
    assert.deepEqual(texts, ['Gerät', 'Neu'])
    assert.equal((await visitor.get(`${path}/3`)).status, 404)
    assert.equal((await (await signedIn()).visitor.get(`${path}/1`)).status, 404)
  })

  test('foreign and hidden things are in no ZIP', async ({ assert }) => {
    const { access, number, entries } = await filled()
    const stranger = (await signedIn()).visitor
    const ids = entries.map(({ id }) => id).join(',')
    const foreign = await stranger.get(`/webtresore/${number}/herunterladen?eintraege=${ids}`)
    assert.equal(foreign.status, 404)
    const { visitor, person } = await signedIn()
    await db.table('memberships').insert({
      ...{ vault_id: access.vault.id, user_id: person.id, role: 'contributor', since: 0 },
      notify: 'never',
    })
    const hidden = await visitor.get(`/webtresore/${number}/herunterladen?eintraege=${ids}`)
    assert.equal(hidden.status, 404)
    const nothing = await visitor.get(`/webtresore/${number}/herunterladen?eintraege=x,-1`)
    assert.equal(nothing.status, 404)
  })

  test('a selection that is too large is refused in a sentence', async ({ assert }) => {
    const { vaults, access, entries } = await filled()
    await assert.rejects(() => vaults.selection(access, [entries[0]!.id], 2), /More than 2 entries/)
  })

  test('what could not be looked into is looked at again, or let out with a reason', async ({
    assert,
  }) => {
    const { visitor, number, entries, vaults, viewer } = await filled()
    const [file, other] = entries.filter(({ kind }) => kind === 'file')
    const access = await vaults.open(number, viewer)
    const judged = async (id: number, verdict: 'unchecked' | 'infected') => {
      const entry = await vaults.entry(access, id)
      if (entry.kind !== 'file') return
      await transaction(db, (trx) =>
        vaults.verdicts.judge(trx, [entry.version], verdict, 'zu groß')
      )
    }
    const post = async (path: string, fields: Record<string, string>) => {
      const token = (await browserHeaders(visitor))['X-CSRF-TOKEN']!
      return visitor.request(`/webtresore/${number}/${path}`, {
        method: 'POST',
        headers: { accept: 'application/json' },
        body: new URLSearchParams({ _csrf: token, ...fields }),
      })
    }
    const verdictOf = async (id: number) => {
      const entry = await vaults.entry(access, id)
      return entry.kind === 'file' && entry.verdict
    }
    const chosen = { 'eintraege[]': String(file!.id) }
    await judged(file!.id, 'unchecked')
    assert.equal((await post('ausgeben', chosen)).status, 403)
    assert.equal(
      (await post('ausgeben', { ...chosen, grund: 'vom Mandanten bestätigt' })).status,
      200
    )
    assert.equal(await verdictOf(file!.id), 'released')

    await judged(other!.id, 'infected')
    const again = await post('pruefen', { 'eintraege[]': String(other!.id) })
    assert.equal(again.status, 200)
    assert.include(await again.text(), 'erneut auf Viren')
    const { Checking } = await import('#checking')
    const entry = await (await app.container.make(Vaults)).entry(access, other!.id)
    if (entry.kind === 'file') await (await app.container.make(Checking)).check(entry.blob)
    // Nobody looked at it, so it stays what it was found to be.
    assert.equal(await verdictOf(other!.id), 'infected')
  })
})
