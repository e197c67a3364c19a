import { test } from '@japa/runner'
import type { TestContext } from '@japa/runner/core'
import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { setTimeout as pause } from 'node:timers/promises'
import { LiveStreams, PER_PERSON } from '../../../app/http/live_streams.ts'
import { put, sharedVault, type Insider } from '#tests/shared_vault'
import { until } from '#tests/until'
import { signedIn, type Visitor } from '#tests/visitor'

/** An open stream, and the hints that came. */
async function listen({ cleanup }: Pick<TestContext, 'cleanup'>, visitor: Visitor, path: string) {
  const abort = new AbortController()
  // One that is left open would keep the server from ending.
  cleanup(() => abort.abort())
  const response = await visitor.request(`${path}/ereignisse`, { signal: abort.signal })
  const heard: { entries: number[] }[] = []
  let text = ''
  const ended = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk as Uint8Array, { stream: true })
      const events = text.split('\n\n')
      text = events.pop()!
      for (const event of events) {
        const data = /^data: (.+)$/m.exec(event)
        if (!data) continue
        const { channel, payload } = JSON.parse(data[1]!)
        if (!channel.startsWith('$$')) heard.push(payload)
      }
    }
  })().catch(() => {})
  return { response, heard, ended, close: () => abort.abort() }
}

const open = async () => (await app.container.make(LiveStreams)).size

test.group('Live hints', () => {
  test('say that entries changed and nothing else, to members only', async (its) => {
    const { assert } = its
    const { owner, as, path } = await sharedVault()
    const reader = await as('reader', 'Rita Leser')
    const stream = await listen(its, reader.visitor, path)
    assert.equal(stream.response.status, 200)
    assert.equal(stream.response.headers.get('content-type'), 'text/event-stream')
    assert.match(stream.response.headers.get('cache-control')!, /no-store/)
    const { id } = await put(owner, 'Geheimer Name.pdf')
    await until(() => stream.heard.some(({ entries }) => entries.includes(id)))
    // That the vault itself was made may be heard before.
    for (const hint of stream.heard) {
      assert.sameMembers(Object.keys(hint), ['changed', 'entries'])
      assert.includeMembers([id], hint.entries)
    }
    stream.close()
    await until(() => stream.response.bodyUsed)

    const stranger = await signedIn({ role: 'administrator' })
    assert.equal((await stranger.visitor.get(`${path}/ereignisse`)).status, 404)
    assert.equal((await stranger.visitor.get('/webtresore/99999/ereignisse')).status, 404)
  })

  test('a contributor hears of his own only', async (its) => {
    const { assert } = its
    const { owner, as, path } = await sharedVault()
    const contributor = await as('contributor', 'Edda Einreicher')
    const [stream, all] = [
      await listen(its, contributor.visitor, path),
      await listen(its, owner.visitor, path),
    ]
    await put(owner, 'Fremd.pdf')
    await until(() => all.heard.length > 0)
    await pause(300)
    assert.deepEqual(stream.heard, [])
    await put(contributor, 'Mein.pdf')
    await until(() => stream.heard.length > 0)
    for (const one of [stream, all]) one.close()
  })

  test('a stream begins no session and prolongs none', async (its) => {
    const { assert } = its
    const { owner, path } = await sharedVault()
    // Long enough ago that a page would prolong it.
    await db.from('sessions').update({ seen_at: Date.now() - 600_000 })
    const rows = () => db.from('sessions').orderBy('seen_at')
    const before = await rows()
    const stream = await listen(its, owner.visitor, path)
    assert.isNull(stream.response.headers.get('set-cookie'))
    assert.deepEqual(await rows(), before)
    stream.close()
  })

  test('whoever is no member any more is cut off', async (its) => {
    const { assert } = its
    const { owner, as, path, vaults } = await sharedVault()
    const reader = await as('reader', 'Rita Leser')
    const stream = await listen(its, reader.visitor, path)
    await vaults.members.remove(owner.access, reader.access.viewer.id)
    await stream.ended
    assert.equal((await reader.visitor.get(`${path}/ereignisse`)).status, 404)
  })

  test('whoever is signed out, or whose time in the vault is over, is cut off within a minute', async (its) => {
    const { assert } = its
    const { owner, as, path } = await sharedVault()
    const [reader, editor] = [await as('reader', 'Rita Leser'), await as('editor', 'Emil Editor')]
    const [out, over, stays] = await Promise.all(
      [reader, editor, owner].map(({ visitor }) => listen(its, visitor, path))
    )
    const streams = await app.container.make(LiveStreams)
    await streams.ask()
    assert.equal(out!.response.status, 200)
    await db.from('sessions').where('account_id', reader.access.viewer.id).delete()
    await db
      .from('memberships')
      .where('user_id', editor.access.viewer.id)
      .update({ until: Date.now() - 1000 })
    await streams.ask()
    await Promise.all([out!.ended, over!.ended])
    const { id } = await put(owner, 'Neu.pdf')
    await until(() => stays!.heard.some(({ entries }) => entries.includes(id)))
  })

  test('a person has so many streams and no more; closed ones count no longer', async (its) => {
    const { assert } = its
    const { owner, path } = await sharedVault()
    const before = await open()
    const streams = []
    for (let count = 0; count < PER_PERSON; count++)
      streams.push(await listen(its, owner.visitor, path))
    const refused = await owner.visitor.get(`${path}/ereignisse`)
    assert.equal(refused.status, 429)
    for (const stream of streams) stream.close()
    for (let tries = 0; (await open()) > before && tries < 100; tries++) await pause(20)
    assert.equal(await open(), before)
    const again = await listen(its, owner.visitor, path)
    assert.equal(again.response.status, 200)
    again.close()
  })

  test('many changes are one hint', async (its) => {
    const { assert } = its
    const { owner, path } = await sharedVault()
    const stream = await listen(its, owner.visitor, path)
    const streams = await app.container.make(LiveStreams)
    const { id } = (owner satisfies Insider).access.vault
    for (let entry = 1; entry <= 90; entry++) streams.changed(id, [entry])
    await until(() => stream.heard.length > 0)
    for (let entry = 1; entry <= 200; entry++) streams.changed(id, [entry])
    await until(() => stream.heard.length > 1)
    assert.lengthOf(stream.heard[0]!.entries, 90)
    assert.deepEqual(stream.heard[1]!.entries, [], 'too many to name')
    stream.close()
  })
})
