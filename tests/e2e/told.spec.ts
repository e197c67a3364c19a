import { test } from '@japa/runner'
import { simpleParser } from 'mailparser'
import { setTimeout as pause } from 'node:timers/promises'
import { scriptedPeer } from '../scripted_peer.ts'
import { Recipient } from './recipient.ts'
import { Installation } from './webtresor.ts'

/** Sends a form to `action`, with the token that the page carries. */
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

test('a member gets the mail of an announcement; open streams do not keep the product from ending', async ({
  assert,
  cleanup,
}) => {
  const peer = await scriptedPeer()
  cleanup(() => peer.stop())
  const at = await Installation.create({ RELAY_URL: peer.url })
  cleanup(() => at.remove())
  const server = await at.start()
  const here = (address: string) => at.url + new URL(address, at.url).pathname
  const browser = new Recipient()
  await submit(browser, here(/http\S+\/einrichten\/\S+/.exec(server.output())![0]), {
    email: 'boss@firm.example',
    full_name: 'Bernd Chef',
    password: 'korrekt pferd batterie',
  })
  const client = ['--email', 'rita@example.net', '--name', 'Rita Leser', '--role', 'client']
  assert.equal((await at.ace('user:create', ...client)).code, 0)
  const made = await submit(browser, `${at.url}/webtresore`, { name: 'Mandant Meier' })
  const vault = here(made.headers.get('location')!)
  await submit(browser, `${vault}/mitglieder`, {
    ...{ adresse: 'rita@example.net', rolle: 'reader', sprache: 'de' },
  })
  await submit(browser, `${vault}/benachrichtigen`, { satz: 'Bitte prüfen.' })
  const announced = () => peer.messages.find((one) => one.includes('List-Unsubscribe: <http'))
  for (let tries = 0; !announced() && tries < 300; tries++) await pause(50)
  const mail = await simpleParser(announced()!)
  assert.match(mail.subject!, /Webtresor \d+ „Mandant Meier“: Benachrichtigung von Bernd Chef/)
  assert.include(mail.text, '    Bitte prüfen.')
  assert.include(mail.text, `${new URL(vault).pathname}>`)
  assert.isString(mail.html)
  assert.equal(mail.headers.get('auto-submitted'), 'auto-generated')
  let page = ''
  for (let tries = 0; !page.includes('verschickt</span>') && tries < 100; tries++) {
    page = (await browser.page(`${vault}/benachrichtigen`)).replace(/\s+<\/span>/g, '</span>')
    await pause(50)
  }
  assert.match(page, /Rita Leser[^]+verschickt<\/span>/)

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
