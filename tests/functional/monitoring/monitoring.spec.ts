import { test } from '@japa/runner'
import storage from '#config/storage'
import { sent, staff } from '#tests/seeded_mail'
import { Visitor } from '#tests/visitor'
import { mkdir, rename } from 'node:fs/promises'

const visitor = new Visitor()
const metrics = (authorization?: string) =>
  visitor.request('/metrics', { headers: authorization ? { authorization } : {} })

test.group('Monitoring', () => {
  test('it is alive and ready, and neither begins a session', async ({ assert }) => {
    for (const [path, expected] of [
      ['/health/live', { status: 'live' }],
      ['/health/ready', { status: 'ready', database: true, blobs: true, queue: true }],
    ] as const) {
      const response = await visitor.request(path)
      assert.equal(response.status, 200)
      assert.deepEqual(await response.json(), expected)
      assert.deepEqual(response.headers.getSetCookie(), [])
      assert.equal(response.headers.get('cache-control'), 'no-store')
    }
  })

  test('it is not ready without its folder, and says which part is missing', async ({ assert }) => {
    const aside = `${storage.dataDir}-aside`
    await rename(storage.dataDir, aside)
    const response = await visitor.request('/health/ready')
    await rename(aside, storage.dataDir)
    assert.equal(response.status, 503)
    assert.containSubset(await response.json(), { status: 'not ready', blobs: false, queue: true })
    await mkdir(storage.dataDir, { recursive: true })
    assert.equal((await visitor.request('/health/ready')).status, 200)
  })

  test('figures are for those who know the token', async ({ assert }) => {
    for (const given of [undefined, 'Bearer wrong', `Basic ${'m'.repeat(32)}`]) {
      const response = await metrics(given)
      assert.equal(response.status, 401)
      assert.equal(response.headers.get('www-authenticate'), 'Bearer')
      assert.equal(await response.text(), '')
    }
  })

  test('figures say what happened, and nothing about people', async ({ assert }) => {
    const { person } = await staff()
    await sent({ from: person.email, to: ['client@example.net'], noRelay: true })
    const response = await metrics(`Bearer ${'m'.repeat(32)}`)
    assert.equal(response.status, 200)
    assert.match(response.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/)
    const text = await response.text()
    assert.match(text, /^# TYPE webtresor_messages gauge$/m)
    assert.match(text, /^webtresor_messages\{state="held"\} [1-9]\d*$/m)
    assert.match(text, /^webtresor_events_total\{event="accepted"\} [1-9]\d*$/m)
    assert.match(text, /^webtresor_queue_up 1$/m)
    for (const line of text.trimEnd().split('\n')) {
      assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="\w+"\})? [\d.e+]+)$/)
    }
    assert.notInclude(text, '@')
  })
})
