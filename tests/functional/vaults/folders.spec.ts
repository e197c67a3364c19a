import { test } from '@japa/runner'
import { browserHeaders, owner } from '#tests/tus_client'

test.group('folders that come with an upload', () => {
  test('are made below the one that is open, and answered with a sentence', async ({ assert }) => {
    const { visitor, vaults, access, number } = await owner()
    const headers = { ...(await browserHeaders(visitor)), accept: 'application/json' }
    const parent = await vaults.makeFolder(access, null, 'Belege')
    const send = (fields: [string, string][]) =>
      visitor.request(`/webtresore/${number}/ordner/anlegen`, {
        method: 'POST',
        headers,
        body: new URLSearchParams(fields),
      })
    const answer = await send([
      ['pfade[]', '/2026/leer/'],
      ['pfade[]', '/2026/mit Abstand /'],
      ['ordner', String(parent)],
    ])
    assert.equal(answer.status, 200)
    const { text, entries } = (await answer.json()) as { text: string; entries: number[] }
    assert.equal(text, '2 leere Ordner sind angelegt.')
    const { path } = await vaults.list(access, entries[1]!, { limit: 1 })
    assert.deepEqual(
      path.map(({ name }) => name),
      ['Belege', '2026', 'mit Abstand ']
    )
    const wrong = await send([['pfade[]', `/${'ß'.repeat(128)}/`]])
    assert.equal(wrong.status, 422)
    assert.include(((await wrong.json()) as { text: string }).text, 'zu lang')
    assert.equal((await send([['pfade[]', '//']])).status, 422)
  })
})
