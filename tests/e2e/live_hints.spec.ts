import { test } from '@japa/runner'
import { setTimeout as pause } from 'node:timers/promises'
import { tokenIn, uploadDoor } from '#tests/product_upload'
import { freePort } from '../servers/child.ts'
import { severalProcesses } from './several_processes.ts'

/** A hint comes within this time, in milliseconds; it says no more than that something changed. */
const HEARD_WITHIN = 30_000

for (const queue of ['redis', 'postgres'] as const) {
  test(`a page of one web process hears of what happened at another, through ${queue}`, async ({
    assert,
    cleanup,
  }) => {
    const several = await severalProcesses(queue)
    cleanup(() => several.stop())
    const { at } = several
    const one = await at.startOne('web')
    const port = await freePort()
    const other = await at.startOne('web', { PORT: String(port), APP_URL: at.url })
    // Its set-up link ended the one of the first.
    const { browser, vault } = await uploadDoor(at.url, other.output())

    const path = `/webtresore/${vault}`
    const stream = await browser.request(`http://127.0.0.1:${port}${path}/ereignisse`)
    assert.equal(stream.status, 200)
    let heard = ''
    const listening = (async () => {
      const decoder = new TextDecoder()
      for await (const chunk of stream.body!) heard += decoder.decode(chunk, { stream: true })
    })().catch(() => {})
    const csrf = tokenIn(await browser.page(`${at.url}/webtresore`))
    const made = await browser.request(`${at.url}${path}/ordner`, {
      method: 'POST',
      body: new URLSearchParams({ _csrf: csrf, name: 'Belege' }),
    })
    assert.isBelow(made.status, 400)
    const deadline = Date.now() + HEARD_WITHIN
    while (!heard.includes('"changed":true') && Date.now() < deadline) await pause(50)
    assert.include(heard, `"channel":"vaults/`)
    assert.include(heard, '"changed":true')

    for (const web of [one, other]) assert.equal((await web.stop()).code, 0, web.output())
    await listening
  }).timeout(240_000)
}
