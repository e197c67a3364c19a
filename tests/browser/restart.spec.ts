import { test } from '@japa/runner'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Installation } from '../e2e/webtresor.ts'
import { tokenIn, uploadDoor } from '#tests/product_upload'
import { become, chooseFiles, Desk, Line, moving } from '#tests/upload_pages'
import { signIn } from '#tests/vault_pages'

const MB = 1024 * 1024

test(
  'a page stands while the server dies and comes back: the upload goes on, and the list hears of changes'
)
  .timeout(120_000)
  .run(async ({ assert, browser, cleanup }) => {
    const desk = await Desk.open(cleanup)
    const path = await desk.put('Bilanz.bin', 12 * MB)
    const at = await Installation.create()
    cleanup(async () => void (await at.remove()))
    let server = await at.start()
    const door = await uploadDoor(at.url, server.output())
    const context = await browser.newContext({ baseURL: at.url, locale: 'de-DE' })
    const page = await context.newPage()
    await signIn(page, 'boss@firm.example')
    await page.goto(`/webtresore/${door.vault}`)
    await page.locator('[data-ready]').waitFor()
    const line = await Line.of(page)
    await line.limit(3 * MB)
    await chooseFiles(page, [path])
    await moving(page, 'Bilanz.bin', 0.2)

    await server.kill()
    await become(page, 'Bilanz.bin', 'lost')
    server = await at.start()
    await line.limit(-1)
    await become(page, 'Bilanz.bin', 'done')
    const [version] = at.rows<{ size: number; sha256: string }>('SELECT size, sha256 FROM versions')
    const sha256 = createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
    assert.deepEqual(version, { size: 12 * MB, sha256 })
    await page.locator('tr[data-name="Bilanz.bin"]').waitFor()

    const csrf = tokenIn(await door.browser.page(`${at.url}/webtresore`))
    const body = new URLSearchParams({ _csrf: csrf, name: 'Von anderswo' })
    await door.browser.request(`${at.url}/webtresore/${door.vault}/ordner`, {
      method: 'POST',
      body,
    })
    await page.locator('tr[data-name="Von anderswo"]').waitFor()
  })
