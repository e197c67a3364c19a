import { test } from '@japa/runner'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { Accounts } from '#accounts'
import { Vaults } from '#vault'
import { served } from '#tests/served_links'
import { signedIn, type Visitor } from '#tests/visitor'
import {
  browserHeaders,
  bytesOf,
  checkedFiles,
  owner,
  refusal,
  uploaded,
  type TusOptions,
} from '#tests/tus_client'

const tusHeaders = { 'Tus-Resumable': '1.0.0' }
const base64 = (text: string | number) => Buffer.from(String(text)).toString('base64')

/** One request as somebody who knows the protocol, and keeps to nothing else. */
function raw(
  headers: Record<string, string>,
  method: string,
  path: string,
  more: Record<string, string> = {},
  body?: string
) {
  return fetch(served().url + path, {
    method,
    headers: { ...tusHeaders, ...headers, ...more },
    body,
  })
}

async function begun(headers: Record<string, string>, vault: number, length = 10) {
  const response = await raw(headers, 'POST', '/hochladen', {
    'Upload-Length': String(length),
    'Upload-Metadata': `filename ${base64('a.txt')},vault ${base64(vault)},conflict ${base64('keep')}`,
  })
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`)
  return response.headers.get('location')!
}

const patch = (headers: Record<string, string>, path: string, offset: number, body: string) =>
  raw(
    headers,
    'PATCH',
    path,
    { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset) },
    body
  )

/** Somebody else's browser, who has a role in a vault. */
async function member(number: number, role: 'reader' | 'contributor' | 'editor'): Promise<Visitor> {
  const { visitor, person } = await signedIn()
  const vault = await db.from('vaults').where('number', number).firstOrFail()
  const row = { vault_id: vault.id, user_id: person.id, role, since: 0, notify: 'never' }
  await db.table('memberships').insert(row)
  return visitor
}

test.group('uploads: attacks', () => {
  test('metadata that lies or makes no sense: {what}')
    .with<(Partial<TusOptions> & { what: string; status: number; code: string })[]>([
      { what: 'no name', name: '', status: 400, code: 'E_METADATA' },
      { what: 'a path as a name', name: '../../etc/passwd', status: 422, code: 'E_NAME' },
      { what: 'a name that is a folder', name: '..', status: 422, code: 'E_NAME' },
      { what: 'a name with NUL', name: 'a\0.txt', status: 422, code: 'E_NAME' },
      { what: 'a name of 256 bytes', name: 'ä'.repeat(128), status: 422, code: 'E_NAME' },
      { what: 'a way up', relativePath: 'a/../../b/c.txt', status: 422, code: 'E_NAME' },
      { what: 'a folder without a name', relativePath: 'a//c.txt', status: 422, code: 'E_NAME' },
      { what: 'too deep', relativePath: `${'d/'.repeat(64)}c.txt`, status: 422, code: 'E_DEPTH' },
      { what: 'an unknown conflict', conflict: 'overwrite', status: 400, code: 'E_METADATA' },
      { what: 'a vault that is none', vault: -1, status: 400, code: 'E_METADATA' },
      { what: 'a foreign vault', vault: 99_999_999, status: 404, code: 'E_NO_VAULT' },
      { what: 'a folder that is none', folder: 99_999_999, status: 404, code: 'E_NO_ENTRY' },
    ])
    .run(async ({ assert }, { what, status, code, ...options }) => {
      const { visitor, number, access, vaults } = await shared()
      const headers = await browserHeaders(visitor)
      const told = await refusal(Buffer.from('x'), headers, { vault: number, ...options })
      assert.deepInclude(told, { status, code }, what)
      assert.isAbove(told.message.length, 10)
      const { entries } = await vaults.list(access, null, { limit: 10 })
      assert.lengthOf(entries, 0)
    })

  test('foreign vaults, folders and uploads are not there', async ({ assert }) => {
    const [mine, theirs] = [await owner(), await owner()]
    const headers = await browserHeaders(mine.visitor)
    const foreign = await theirs.vaults.makeFolder(theirs.access, null, 'Fremd')
    for (const [to, code] of [
      [{ vault: theirs.number }, 'E_NO_VAULT'],
      [{ vault: mine.number, folder: foreign }, 'E_NO_ENTRY'],
    ] as const) {
      assert.deepInclude(await refusal(Buffer.from('x'), headers, to), { status: 404, code })
    }
    const path = await begun(await browserHeaders(theirs.visitor), theirs.number)
    for (const answer of [
      await raw(headers, 'HEAD', path),
      await patch(headers, path, 0, '0123456789'),
      await raw(headers, 'DELETE', path),
      await raw(headers, 'HEAD', '/hochladen/unbekannt'),
    ]) {
      assert.equal(answer.status, 404)
    }
    assert.equal((await raw({}, 'HEAD', path)).status, 401)
  })

  test('roles: readers add nothing, contributors and editors do', async ({ assert }) => {
    const { number, access } = await owner()
    const reader = await browserHeaders(await member(number, 'reader'))
    assert.deepInclude(await refusal(Buffer.from('x'), reader, { vault: number }), {
      status: 403,
      code: 'E_ROLE',
    })
    for (const role of ['contributor', 'editor'] as const) {
      const headers = await browserHeaders(await member(number, role))
      await uploaded(Buffer.from(role), headers, {
        vault: number,
        name: 'gleich.txt',
        conflict: 'keep',
      })
    }
    const files = await checkedFiles(access)
    assert.sameMembers(
      files.map(({ name }) => name),
      ['gleich.txt', 'gleich (2).txt']
    )
  })

  test('whoever loses his role or account in the midst of it ends nothing', async ({ assert }) => {
    const { number, access } = await owner()
    const visitor = await member(number, 'editor')
    const headers = await browserHeaders(visitor)
    const path = await begun(headers, number)
    await patch(headers, path, 0, '01234')
    const theirs = () => db.from('memberships').where('role', 'editor')
    await theirs().update({ role: 'reader' })
    const begunAt = await db.from('uploads').where('vault_number', number).firstOrFail()
    assert.equal((await patch(headers, path, 5, '5')).status, 403)
    await db
      .from('memberships')
      .where('role', 'reader')
      .update({ until: Date.now() - 1 })
    assert.equal((await patch(headers, path, 5, '')).status, 404)
    // What he sends does not count as a sign of life: the room that is kept for it becomes free again.
    const after = await db.from('uploads').where('vault_number', number).firstOrFail()
    assert.equal(after.active_at, begunAt.active_at)
    const last = await patch(headers, path, 5, '56789')
    assert.equal(last.status, 404)
    assert.lengthOf(await checkedFiles(access), 0)
  })

  test('a form of another site, and one without the token, does nothing', async ({ assert }) => {
    const { visitor, number } = await owner()
    const { Cookie, 'X-CSRF-TOKEN': token } = await browserHeaders(visitor)
    const forged: Record<string, string>[] = [
      { Cookie: Cookie! },
      { 'Cookie': Cookie!, 'X-CSRF-TOKEN': token!.slice(0, -2) },
    ]
    for (const headers of forged) {
      const told = await refusal(Buffer.from('x'), headers, { vault: number })
      assert.deepInclude(told, { status: 403, code: 'E_CSRF' })
    }
    // A ticket is not handed out either.
    const response = await fetch(`${served().url}/webtresore/${number}/hochladen/ausweis`, {
      method: 'POST',
      headers: { Cookie: Cookie! },
      redirect: 'manual',
    })
    assert.notEqual(response.status, 201)
    assert.isNull(await db.from('upload_tickets').where('vault_number', number).first())
  })

  test('offsets: behind, before, twice, beyond the end, after the end', async ({ assert }) => {
    const { visitor, number, access } = await owner()
    const headers = await browserHeaders(visitor)
    const path = await begun(headers, number)
    assert.equal((await patch(headers, path, 5, '56789')).status, 409)
    assert.equal((await patch(headers, path, 0, '01234')).status, 204)
    assert.equal((await patch(headers, path, 0, 'abcde')).status, 409)
    assert.equal((await patch(headers, path, 5, '5678901234')).status, 413)
    for (const offset of ['-1', '1e1', '5.0', ' ', '99999999999999999999']) {
      const { status } = await raw(
        headers,
        'PATCH',
        path,
        { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': offset },
        'x'
      )
      assert.oneOf(status, [400, 403, 409])
    }
    assert.equal((await patch(headers, path, 5, '56789')).status, 204)
    assert.equal((await patch(headers, path, 10, '')).status, 204)
    assert.oneOf((await patch(headers, path, 10, 'more')).status, [413])
    assert.equal((await raw(headers, 'DELETE', path)).status, 404)
    const files = await checkedFiles(access)
    assert.lengthOf(files, 1)
    assert.equal((await bytesOf(files[0]!)).toString(), '0123456789')
  })

  test('lengths: none, deferred, in parts, too large, no number', async ({ assert }) => {
    const { visitor, number } = await owner()
    const headers = await browserHeaders(visitor)
    const metadata = `filename ${base64('a')},vault ${base64(number)}`
    const create = (more: Record<string, string>) =>
      raw(headers, 'POST', '/hochladen', { 'Upload-Metadata': metadata, ...more })
    assert.equal((await create({})).status, 400)
    assert.equal((await create({ 'Upload-Defer-Length': '1' })).status, 501)
    assert.equal((await create({ 'Upload-Concat': 'partial', 'Upload-Length': '1' })).status, 501)
    assert.equal((await create({ 'Upload-Length': '-5' })).status, 400)
    assert.equal((await create({ 'Upload-Length': '1e3' })).status, 400)
    const large = await create({ 'Upload-Length': String(6 * 1024 ** 3) })
    assert.equal(large.status, 413)
    const said = (await large.json()) as { message: string }
    assert.include(said.message, '5 GB')
    const huge = await create({
      'Upload-Length': '1',
      'Upload-Metadata': `${metadata},x ${base64('x'.repeat(20_000))}`,
    })
    assert.equal(huge.status, 431)
  })

  test('a quota for ten is a quota for ten, however many come at once', async ({ assert }) => {
    const { visitor, number, access } = await owner({ quota: 1000 })
    const headers = await browserHeaders(visitor)
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, nth) =>
        uploaded(Buffer.alloc(100, nth), headers, { vault: number, name: `${nth}.bin` })
      )
    )
    assert.lengthOf(
      results.filter(({ status }) => status === 'fulfilled'),
      10
    )
    const told = await refusal(Buffer.alloc(1), headers, { vault: number, name: 'noch eins' })
    assert.deepInclude(told, { status: 507, code: 'E_QUOTA' })
    assert.match(told.message, /Es fehlen 1\sByte/)
    assert.lengthOf(await checkedFiles(access), 10)
    const row = await db.from('vaults').where('number', number).firstOrFail()
    assert.include(row, { used: 1000, reserved: 0 })
  }).timeout(60_000)

  test('pages and pictures that run are saved and never shown', async ({ assert }) => {
    const { visitor, number, access } = await owner()
    const headers = await browserHeaders(visitor)
    const cases = [
      { name: 'seite.html', type: 'text/html' },
      { name: 'bild.svg', type: 'image/svg+xml' },
      { name: 'x.xml', type: 'application/xhtml+xml' },
    ]
    for (const { name, type } of cases) {
      const metadata = { filename: name, filetype: type, vault: String(number) }
      const bytes = Buffer.from('<svg onload="alert(1)"/><script>alert(1)</script>')
      await uploaded(bytes, headers, { vault: number, metadata })
    }
    for (const file of await checkedFiles(access)) {
      const response = await visitor.get(`/webtresore/${number}/dateien/${file.id}`)
      assert.equal(response.status, 200)
      assert.match(response.headers.get('content-disposition')!, /^attachment;/)
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
      assert.equal(response.headers.get('content-security-policy'), "default-src 'none'; sandbox")
      assert.equal(response.headers.get('content-type'), 'application/octet-stream')
    }
  })

  test('somebody who may not sign in any more uploads nothing', async ({ assert }) => {
    const { visitor, person, number } = await owner()
    const headers = await browserHeaders(visitor)
    const given = await visitor.request(`/webtresore/${number}/hochladen/ausweis`, {
      method: 'POST',
      headers: { 'X-CSRF-TOKEN': headers['X-CSRF-TOKEN']! },
    })
    const { ticket } = (await given.json()) as { ticket: string }
    await db.from('users').where('id', person.id).update({ disabled_at: Date.now() })
    assert.isNull(await (await app.container.make(Accounts)).active(person.id))
    const told = await refusal(Buffer.from('x'), headers, { vault: number })
    assert.deepInclude(told, { status: 401, code: 'E_SIGNED_OUT' })
    const bearer = { Authorization: `Bearer ${ticket}` }
    assert.deepInclude(await refusal(Buffer.from('x'), bearer, { vault: number }), {
      status: 404,
      code: 'E_NO_VAULT',
    })
  })
})

let one: ReturnType<typeof owner> | undefined

/** A vault into which nothing ever comes. */
async function shared() {
  one ??= owner()
  const made = await one
  const vaults = await app.container.make(Vaults)
  return { ...made, access: await vaults.open(made.number, made.viewer) }
}
