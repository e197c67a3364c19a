import { test } from '@japa/runner'
import { setTimeout as pause } from 'node:timers/promises'
import { scriptedPeer } from '../scripted_peer.ts'
import { Recipient } from './recipient.ts'
import { mailWith, send } from './transaction.ts'
import { Installation } from './webtresor.ts'

/** What appears in mails, links and envelopes here, and must not appear in the log. */
const SECRET = /berger|klient|unterlagen-geheim|bericht|guten tag|firm\.example|\/d\/[^[]/i

test('the log names messages by number, and nobody', async ({ assert, cleanup }) => {
  const peer = await scriptedPeer((line) => {
    if (line.includes('unknown.klient'))
      return '550 5.1.1 <unknown.klient@example.net>: no Berger here'
    if (line.includes('later.klient')) return '451 4.2.1 later.klient@example.net is greylisted'
    return undefined
  })
  cleanup(() => peer.stop())
  const at = await Installation.create({ RELAY_URL: peer.url, LINK_CONFIRMATION: 'none' })
  cleanup(() => at.remove())
  const server = await at.start({ LOG_LEVEL: 'trace' })
  const from = 'Anna.Berger@firm.example'
  const mail = mailWith(Buffer.from('inhalt'), 'Unterlagen-geheim')
  for (const to of [
    'a.klient@example.net',
    'unknown.klient@example.net',
    'later.klient@example.net',
  ]) {
    assert.match(await send(at.smtpPort, mail, { from, to }), /^250 /)
  }
  await send(at.smtpPort, mail, { from: 'Berger@@bad address', to: 'x.klient@example.net' })
  await send(at.smtpPort, mail, { from, to: 'klient@bad..domain' })
  await send(at.smtpPort, 'Received: x\r\n'.repeat(40), { from, to: 'a.klient@example.net' })
  for (let i = 0; i < 200 && !/"event":"(bounced)"/.test(server.output()); i++) await pause(50)
  for (let i = 0; i < 200 && !/"event":"(deferred)"/.test(server.output()); i++) await pause(50)

  const text = peer.messages.map((message) => message.toString()).join('\n')
  const link = /https?:\/\/[^\s"]+\/d\/[\w-]+/.exec(text)![0]
  const local = `${at.url}${new URL(link).pathname}`
  const visitor = new Recipient()
  await visitor.page(local)
  await visitor.download(local, 1)
  await visitor.page(`${at.url}/d/berger-wrong-token`)
  await visitor.request(`${at.url}/anmelden`, {
    method: 'POST',
    body: new URLSearchParams({ uid: 'anna.berger@firm.example', password: 'geheim' }),
  })
  await server.stop()

  const lines = server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
  for (const event of ['accepted', 'bounced', 'deferred', 'delivered', 'downloaded']) {
    assert.isTrue(
      lines.some((line) => line.includes(`"event":"${event}"`)),
      `the log has ${event}`
    )
  }
  for (const line of lines) assert.notMatch(line, SECRET)
}).timeout(60_000)
