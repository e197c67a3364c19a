import { test } from '@japa/runner'
import { Recipient } from './recipient.ts'
import { Installation } from './webtresor.ts'

/** Sends a form of the page, with the token that it carries. */
async function submit(
  browser: Recipient,
  page: string,
  fields: Record<string, string>,
  action = page
) {
  const token = /name='_csrf' value='([^']+)'/.exec(await browser.page(page))![1]!
  return browser.request(action, {
    method: 'POST',
    body: new URLSearchParams({ _csrf: token, ...fields }),
  })
}

test('open streams of pages do not keep the product from ending', async ({ assert, cleanup }) => {
  const at = await Installation.create()
  cleanup(() => at.remove())
  const server = await at.start()
  const [setup] = /http\S+\/einrichten\/\S+/.exec(server.output())!
  const browser = new Recipient()
  await submit(browser, setup.replace(/^https?:\/\/[^/]+/, at.url), {
    email: 'boss@firm.example',
    full_name: 'Bernd Chef',
    password: 'korrekt pferd batterie',
  })
  const made = await submit(browser, `${at.url}/webtresore`, { name: 'Mandant Meier' })
  const vault = at.url + made.headers.get('location')!.replace(/^https?:\/\/[^/]+/, '')
  const streams = await Promise.all([1, 2, 3].map(() => browser.request(`${vault}/ereignisse`)))
  for (const { status } of streams) assert.equal(status, 200)

  const begun = Date.now()
  const [{ code, output }] = await Promise.all([
    server.stop(),
    ...streams.map((stream) => stream.text()),
  ])
  assert.equal(code, 0, output)
  assert.isBelow(Date.now() - begun, 10_000)
}).timeout(90_000)
