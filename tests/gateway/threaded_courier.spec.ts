import { createHash } from 'node:crypto'
import { test } from '@japa/runner'
import type { TestContext } from '@japa/runner/core'
import { relayLimits } from '../../mail-gateway/limits.ts'
import type { OutgoingMail } from '../../mail-gateway/relay/courier.ts'
import { ThreadedCourier } from '../../mail-gateway/relay/threaded_courier.ts'
import { type Behaviour, scriptedPeer } from '../scripted_peer.ts'

function mail(text: string, changes: Partial<OutgoingMail> = {}): OutgoingMail {
  const bytes = Buffer.from(text)
  return {
    from: 'me@firm.example',
    to: 'client@example.net',
    content: async function* () {
      yield bytes.subarray(0, 5)
      yield bytes.subarray(5)
    },
    size: bytes.length,
    eightBit: false,
    utf8Headers: false,
    ...changes,
  }
}

async function pair(cleanup: TestContext['cleanup'], behave?: Behaviour) {
  const peer = await scriptedPeer(behave)
  const courier = new ThreadedCourier({ url: peer.url, hostname: 'gateway.test' })
  cleanup(async () => {
    await courier.close()
    await peer.stop()
  })
  return { peer, courier }
}

const SMALL = 'Subject: x\r\n\r\n.Hello\r\n'
const LARGE = `Subject: x\r\n\r\n${'A line of some length.\r\n'.repeat(10_000)}`

/** Of the content with its last line end, as the peer leaves it out. */
const digest = (content: Buffer | string) => createHash('sha256').update(content).digest('hex')

test.group('Courier in a thread of its own', () => {
  test('delivers small mails through the thread and large ones beside it, byte for byte', async ({
    assert,
    cleanup,
  }) => {
    const { peer, courier } = await pair(cleanup)
    const results = await Promise.all([SMALL, LARGE].map((text) => courier.deliver(mail(text))))
    for (const result of results) {
      assert.deepEqual(result, {
        status: 'delivered',
        reply: '250 2.0.0 queued',
        code: 250,
        enhanced: '2.0.0',
        remote: `127.0.0.1:${peer.port}`,
        eightBitUnoffered: false,
      })
    }
    const arrived = new Set(peer.messages.map((content) => digest(`${content.toString()}\r\n`)))
    const sent = [SMALL.replace('\r\n.', '\r\n..'), LARGE].map((text) => digest(text))
    assert.deepEqual([...arrived].sort(), sent.sort())
    assert.equal(peer.connections(), 2)
  })

  test('a refusal is a result, and concerns one mail', async ({ assert, cleanup }) => {
    const refused: Behaviour = (line) => (line.includes('<no@') ? '550 5.1.1 nobody' : undefined)
    const { peer, courier } = await pair(cleanup, refused)
    const results = await Promise.all([
      courier.deliver(mail(SMALL, { to: 'no@example.net' })),
      courier.deliver(mail(SMALL)),
    ])
    assert.deepEqual(
      results.map(({ status, reply }) => [status, reply]),
      [
        ['failed', '550 5.1.1 nobody'],
        ['delivered', '250 2.0.0 queued'],
      ]
    )
    assert.lengthOf(peer.messages, 1)
  })

  test('content that cannot be read rejects, and no peer is asked', async ({ assert, cleanup }) => {
    const { peer, courier } = await pair(cleanup)
    const content = async function* () {
      yield Buffer.from('Subject: x\r\n')
      throw new Error('the disk is gone')
    }
    await assert.rejects(() => courier.deliver(mail(SMALL, { content })), 'the disk is gone')
    assert.equal(peer.connections(), 0)
  })

  test('all that is given at once arrives, over a bounded number of connections', async ({
    assert,
    cleanup,
  }) => {
    const { peer, courier } = await pair(cleanup)
    const mails = Array.from({ length: 60 }, (_, index) => {
      const text = index % 6 === 0 ? LARGE : SMALL
      return mail(text.replace('Subject: x', `Subject: ${index}`))
    })
    const results = await Promise.all(mails.map((one) => courier.deliver(one)))
    assert.isTrue(results.every(({ status }) => status === 'delivered'))
    const subjects = peer.messages.map((content) =>
      Number(/^Subject: (\d+)/.exec(`${content}`)![1])
    )
    assert.deepEqual(
      subjects.sort((left, right) => left - right),
      mails.map((_, index) => index)
    )
    assert.isAtMost(peer.connections(), relayLimits.connections)
  })

  test('closing waits for what is under way', async ({ assert, cleanup }) => {
    let answer = () => {}
    const peer = await scriptedPeer((line, socket) => {
      if (line !== 'END') return undefined
      answer = () => void socket.write('250 2.0.0 at last\r\n')
      return null
    })
    cleanup(() => peer.stop())
    const courier = new ThreadedCourier({ url: peer.url, hostname: 'gateway.test' })
    const delivery = courier.deliver(mail(SMALL))
    while (peer.messages.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
    let closed = false
    const closing = courier.close().then(() => (closed = true))
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.isFalse(closed)
    answer()
    assert.equal((await delivery).reply, '250 2.0.0 at last')
    await closing
  })
})
