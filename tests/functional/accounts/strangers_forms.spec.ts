import { test } from '@japa/runner'
import db from '@adonisjs/lucid/services/db'
import { endless } from '#tests/endless_request'
import { sharedVault } from '#tests/shared_vault'
import { PASSWORD, Visitor } from '#tests/visitor'

const kept = async () => {
  const rows = (await db.from('sessions').select('key', 'data', 'account_id')) as Row[]
  return new Map(rows.map((row) => [row.key, row]))
}

interface Row {
  key: string
  data: string
  account_id: number | null
}

/** The rows that a request left. */
async function left(request: () => Promise<unknown>): Promise<Row[]> {
  const before = await kept()
  await request()
  const after = await kept()
  return [...after.values()].filter(({ key, data }) => before.get(key)?.data !== data)
}

const post = (path: string, fields: Record<string, string>) =>
  new Visitor().request(path, { method: 'POST', body: new URLSearchParams(fields) })

test.group('what strangers send', () => {
  test('without a token leaves little more than a sentence', async ({ assert }) => {
    const [row, ...more] = await left(() => post('/anmelden', { a: 'a'.repeat(50_000) }))
    assert.lengthOf(more, 0)
    assert.isBelow(row!.data.length, 2001)
    assert.include(row!.data, 'E_BAD_CSRF_TOKEN')
    assert.notInclude(row!.data, 'aaaa')
  })

  test('with a token is not kept either where it is long, and its fault is', async ({ assert }) => {
    const visitor = new Visitor()
    const [row] = await left(async () => {
      const fields = { email: '', password: PASSWORD, note: 'a'.repeat(50_000) }
      await visitor.submit('/passwort-vergessen', fields)
    })
    assert.isBelow(row!.data.length, 2001)
    assert.include(row!.data, 'inputErrorsBag')
  })

  test('of addresses they wanted to see, only short ones are remembered', async ({ assert }) => {
    const [short] = await left(() => new Visitor().get('/webtresore?a=b'))
    assert.include(short!.data, 'webtresore?a=b')
    const [long] = await left(() => new Visitor().get(`/webtresore?a=${'b'.repeat(8000)}`))
    assert.isBelow(long?.data.length ?? 0, 2001)
  })

  test('ends at 64 KB', async ({ assert }) => {
    const answer = async (length: number) =>
      (await post('/anmelden', { a: 'a'.repeat(length) })).status
    assert.deepEqual([await answer(65_000), await answer(66_000)], [302, 413])
    const { status, sent } = await endless('/anmelden', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      begin: 'a=',
      more: 'a',
    })
    assert.oneOf(status, [413, undefined])
    assert.isBelow(sent, 16 * 1024 * 1024)
  })
})

test('A form of a vault says all that can be chosen in it', async ({ assert }) => {
  const { owner, path } = await sharedVault()
  const page = await owner.visitor.page('/webtresore')
  const token = /name='_csrf' value='([^']+)'/.exec(page)![1]!
  const chosen = async (count: number) => {
    const ids = Array.from({ length: count }, (_, index): [string, string] => [
      'eintraege[]',
      String(2 ** 31 - 1 - index),
    ])
    const response = await owner.visitor.request(`${path}/loeschen`, {
      method: 'POST',
      headers: { 'accept': 'application/json', 'x-csrf-token': token },
      body: new URLSearchParams(ids),
    })
    return response.status
  }
  // They are not there; one more than that is no selection.
  assert.deepEqual([await chosen(5000), await chosen(5001), await chosen(20_000)], [404, 422, 413])
})
