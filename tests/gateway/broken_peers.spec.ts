import { test } from '@japa/runner'
import { randomBytes } from 'node:crypto'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import type { Gateway } from '#gateway'
import { transaction } from '#transaction'
import { envelope, house, once, type House } from '../house.ts'
import { startClamd } from '../servers/clamd.ts'
import { scriptedPeer, type Behaviour } from '../scripted_peer.ts'
import { settled, workshop } from './workshop.ts'

const mail = [
  'From: Me <me@firm.example>',
  'Subject: Unterlagen',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary="b"',
  '',
  '--b',
  'Content-Type: text/plain',
  '',
  'Guten Tag',
  '--b',
  'Content-Type: application/pdf; name=a.pdf',
  'Content-Disposition: attachment; filename=a.pdf',
  'Content-Transfer-Encoding: base64',
  '',
  randomBytes(600).toString('base64').replace(/.{76}/g, '$&\r\n'),
  '--b--',
  '',
].join('\r\n')

const recipients = ['one@example.net', 'two@example.net', 'three@example.net']

/** Makes what waits due, as time would. */
async function hasten(at: House, number: number) {
  await transaction(at.db, async (trx) => {
    await trx.from('deliveries').where({ number, state: 'deferred' }).update({ next_at: 0 })
    await trx.from('messages').where({ number, state: 'waiting' }).update({ next_at: 0 })
  })
}

const of = (peer: { lines: string[] }, recipient: string) =>
  peer.lines.filter((line) => line.includes(`RCPT TO:<${recipient}>`)).length

test.group('Peers that break', (group) => {
  let at: House
  let gateway: Gateway | undefined
  group.each.setup(async () => {
    at = await house({ realTime: true })
    return async () => {
      await gateway?.stop()
      await at.close()
    }
  })

  async function check() {
    const { problems } = await at.ledger.verify()
    for await (const problem of at.archive.verifyOriginals()) problems.push(problem as never)
    return problems
  }

  const smarthosts: { what: string; behave: Behaviour; taken?: string[]; again?: boolean }[] = [
    {
      what: 'refuses whoever comes',
      behave: (line) => (line === 'GREETING' ? '554 no' : undefined),
    },
    { what: 'is stopping', behave: (line) => (line === 'GREETING' ? '421 later' : undefined) },
    {
      what: 'cuts the line in DATA',
      behave: (line, socket) => {
        if (line !== 'DATA') return undefined
        socket.write('354 go ahead\r\n')
        setImmediate(() => socket.destroy())
        return null
      },
    },
    {
      what: 'takes the mail and cuts the line before it says so',
      behave: (line, socket) => (line === 'END' ? (socket.destroy(), null) : undefined),
      again: true,
    },
    {
      what: 'answers 4xx for one of three recipients',
      behave: (line) => (line.includes('two@') ? '451 4.7.1 greylisted' : undefined),
      taken: ['one@example.net', 'three@example.net'],
    },
    {
      what: 'answers rubbish',
      behave: (line) => (line.startsWith('MAIL') ? '\0\xff rubbish' : undefined),
    },
  ]
  test('a smarthost that {what}: the mail waits, leaves later, and nobody gets a bounce')
    .with(smarthosts)
    .run(async ({ assert, cleanup }, { behave, taken = [], again = false }) => {
      let broken = true
      const peer = await scriptedPeer((...said) => (broken ? behave(...said) : undefined))
      cleanup(() => peer.stop())
      const { number } = await at.archive.accept(once(mail), envelope({ rcptTo: recipients }))
      const worker = await workshop(at, { relayUrl: peer.url })
      gateway = worker.gateway
      await worker.doorbell.ring('process', String(number))
      const waiting = await settled(at, number, 'waiting')
      assert.equal(waiting.reason, 'relay_retry')
      const before = await at.deliveries.of(number)
      assert.deepEqual(
        before.filter(({ state }) => state === 'delivered').map(({ recipient }) => recipient),
        taken
      )

      broken = false
      const tried = peer.lines.length
      await hasten(at, number)
      await worker.doorbell.ring('process', String(number))
      await settled(at, number, 'done')
      const later = peer.lines.slice(tried)
      for (const recipient of recipients) {
        const expected = taken.includes(recipient) ? 0 : 1
        assert.equal(of({ lines: later }, recipient), expected, recipient)
      }
      assert.lengthOf(peer.messages, again ? 6 : 3)
      assert.lengthOf(await at.db.from('outbox'), 0)
      assert.deepEqual(await check(), [])
    })

  const scanners: { what: string; behave: (socket: Socket) => void }[] = [
    { what: 'hangs up', behave: (socket) => socket.destroy() },
    { what: 'answers rubbish', behave: (socket) => socket.end('stream: perhaps\0') },
    {
      what: 'answers its health check and dies in the middle of a stream',
      behave: (socket) =>
        void socket.once('data', (data) => {
          if (data.includes('PING')) socket.end('PONG\0')
          else if (data.includes('VERSION'))
            socket.end('ClamAV 1.4.3/27000/Mon Jan 1 00:00:00 2026\0')
          else socket.destroy()
        }),
    },
  ]
  test('a scanner that {what}: nothing leaves before a real one has looked')
    .with(scanners)
    .run(async ({ assert, cleanup }, { behave }) => {
      const server = createServer((socket) => {
        socket.on('error', () => {})
        behave(socket)
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      cleanup(() => void server.close())
      const peer = await scriptedPeer()
      cleanup(() => peer.stop())
      const clamdUrl = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
      const { number } = await at.archive.accept(once(mail), envelope({ rcptTo: recipients }))
      const first = await workshop(at, { relayUrl: peer.url, clamdUrl })
      gateway = first.gateway
      await first.doorbell.ring('process', String(number))
      const waiting = await settled(at, number, 'waiting')
      assert.equal(waiting.reason, 'scanner_down')
      assert.equal(peer.connections(), 0)
      await gateway.stop()

      const clamd = await startClamd()
      cleanup(() => clamd.stop())
      const second = await workshop(at, { relayUrl: peer.url, clamdUrl: clamd.url })
      gateway = second.gateway
      await hasten(at, number)
      await second.doorbell.ring('process', String(number))
      assert.equal((await settled(at, number, 'done')).verdict, 'clean')
      assert.lengthOf(peer.messages, 3)
      assert.deepEqual(await check(), [])
    })
})
