import { connect } from 'node:net'
import { once } from 'node:events'
import { collectingListener, type CollectingListener } from '../collecting_listener.ts'
import type { Random } from '../mime_generator.ts'
import { mutate } from './mutation.ts'
import { expect, type Target } from './target.ts'

const commands = [
  'EHLO client.example',
  'HELO x',
  'MAIL FROM:<me@firm.example>',
  'MAIL FROM:<> SIZE=9999999999 BODY=8BITMIME',
  'RCPT TO:<client@example.net>',
  'RCPT TO:<"a b"@example.net> NOTIFY=NEVER',
  'DATA',
  'Subject: x\r\n\r\n..text\r\n.',
  '.',
  'RSET',
  'NOOP',
  'VRFY a',
  'AUTH PLAIN AA==',
  'STARTTLS',
  'BDAT 5 LAST\r\nabcde',
  'QUIT',
]

/**
 * Dialogues with a real listener on loopback: every reply is one of RFC 5321, 4.2, no message is accepted without a 250
 * for it, and the listener goes on listening.
 */
export async function smtpTarget(): Promise<Target> {
  const listener = await collectingListener()
  return {
    draw: (random) => {
      const whole = dialogue(random)
      return random.chance(0.7) ? mutate(whole, dialogue(random), random) : whole
    },
    check: (input) => check(listener, input),
    close: () => listener.stop(),
  }
}

function dialogue(random: Random): Buffer {
  const usual = [commands[0]!, commands[2]!, commands[4]!, 'DATA', commands[7]!]
  const odd = Array.from({ length: random.below(12) }, () => random.pick(commands))
  return Buffer.from(`${[...(random.chance(0.7) ? usual : []), ...odd].join('\r\n')}\r\n`)
}

async function check(listener: CollectingListener, input: Buffer): Promise<void> {
  const before = listener.accepted.length
  const socket = connect({ port: listener.port, host: '127.0.0.1' })
  let received = ''
  let failure: string | undefined
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')))
  socket.on('error', ({ message }) => (failure = message))
  socket.setTimeout(10_000, () => socket.destroy(new Error('no end within 10 seconds')))
  const closed = once(socket, 'close')
  // Who talks before the greeting is sent away.
  await Promise.race([once(socket, 'data'), closed])
  // The length decides the cuts, so that the same bytes are cut alike again.
  const size = 1 + (input.length % 97)
  for (let at = 0; at < input.length; at += size) socket.write(input.subarray(at, at + size))
  socket.end()
  await closed.catch(() => {})

  expect(failure !== 'no end within 10 seconds', 'the listener keeps a closed connection')
  expect(/^220[ -]/.test(received), `no greeting: ${JSON.stringify(received.slice(0, 80))}`)
  const whole = received.slice(0, received.lastIndexOf('\r\n') + 2)
  for (const line of whole.split('\r\n').slice(0, -1)) {
    expect(/^[2-5][0-5]\d[ -][\t\x20-\x7e]*$/.test(line), `no reply: ${JSON.stringify(line)}`)
    expect(line.length <= 510, `a reply of ${line.length} octets`)
  }
  const acknowledged = whole.match(/^250[ -]2\.6\.0 /gm)?.length ?? 0
  const accepted = listener.accepted.length - before
  expect(acknowledged <= accepted, `${acknowledged} acknowledged, ${accepted} archived`)
  listener.accepted.length = 0
}
