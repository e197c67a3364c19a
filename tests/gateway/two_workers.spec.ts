import { test } from '@japa/runner'
import { setTimeout as pause } from 'node:timers/promises'
import { envelope, house, once } from '../house.ts'
import { scriptedPeer } from '../scripted_peer.ts'
import { settled, workshop } from './workshop.ts'

/** The peer thinks about the mail for so long, in milliseconds. */
const SLOW = 3000

test('two workers, and a ring for each five times a second: one delivery', async ({
  assert,
  cleanup,
}) => {
  const at = await house({ realTime: true })
  cleanup(() => at.close())
  const peer = await scriptedPeer((line, socket) => {
    if (line !== 'END') return undefined
    setTimeout(() => socket.write('250 2.0.0 queued\r\n'), SLOW)
    return null
  })
  cleanup(() => peer.stop())
  const shops = [
    await workshop(at, { relayUrl: peer.url }),
    await workshop(at, { relayUrl: peer.url }),
  ]
  cleanup(async () => {
    for (const { gateway } of shops) await gateway.stop()
  })

  const mail = 'From: me@firm.example\r\nSubject: Hallo\r\n\r\nGuten Tag\r\n'
  const { number } = await at.archive.accept(once(mail), envelope())
  const begin = Date.now()
  while (Date.now() - begin < SLOW + 2000) {
    for (const { doorbell } of shops) await doorbell.ring('process', String(number))
    await pause(200)
  }
  await settled(at, number, 'done')
  assert.lengthOf(peer.messages, 1)
  const [delivery] = await at.deliveries.of(number)
  assert.include(delivery, { state: 'delivered', attempts: 1 })
})
