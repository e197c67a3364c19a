/**
 * How long a small mail waits for its acknowledgement while hostile clients are at work, beside the same without them.
 *
 *   npm run bench:attack -- --seconds 10
 */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { collectingListener } from '../tests/collecting_listener.ts'
import { freePort } from '../tests/servers/child.ts'
import { quantile } from './figures.ts'
import { probe } from './prober.ts'
import { startProduct } from './product.ts'

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '10' } },
})
const SECONDS = Number(options.seconds)
const MAIL = `From: me@firm.example\r\nTo: you@example.net\r\nSubject: small\r\n\r\n${'text\r\n'.repeat(100)}`
const TRANSACTION = 'MAIL FROM:<me@firm.example>\r\nRCPT TO:<you@example.net>\r\nDATA\r\n'

/** One hostile connection from `from`; it comes again 50 ms after it was thrown out, until `over`. */
type Attacker = (open: () => Socket, over: () => boolean) => Promise<void>

function attacker(work: (socket: Socket, over: () => boolean) => Promise<void>): Attacker {
  return async (open, over) => {
    while (!over()) {
      const socket = open()
      socket.on('error', () => {})
      socket.resume()
      const closed = new Promise((resolve) => socket.once('close', resolve))
      await Promise.race([closed, work(socket, over)])
      socket.destroy()
      await pause(50)
    }
  }
}

const until = async (over: () => boolean) => {
  while (!over()) await pause(100)
}

const idle = attacker((_, over) => until(over))

const slow = attacker(async (socket, over) => {
  while (!over()) {
    socket.write('N')
    await pause(200)
  }
})

/** Writes the same as fast as it is taken. */
const flood = (opening: string, text: string) =>
  attacker(async (socket, over) => {
    await pause(200)
    socket.write(opening)
    while (!over() && !socket.destroyed) {
      while (socket.writableNeedDrain && !over() && !socket.destroyed) await pause(10)
      socket.write(text)
      await pause(1)
    }
  })

const attacks: Record<string, { count: number; attacker: Attacker }> = {
  'nobody': { count: 0, attacker: idle },
  'idle connections': { count: 1000, attacker: idle },
  'a byte now and then': { count: 100, attacker: slow },
  'floods of commands': { count: 20, attacker: flood('EHLO x\r\n', 'NOOP\r\n'.repeat(1000)) },
  'commands of a megabyte': { count: 20, attacker: flood('EHLO x\r\n', 'x'.repeat(1024 * 1024)) },
  'floods of recipients': {
    count: 20,
    attacker: flood(
      'EHLO x\r\nMAIL FROM:<me@firm.example>\r\n',
      'RCPT TO:<a@example.net>\r\n'.repeat(1000)
    ),
  },
  'messages without an end': {
    count: 5,
    attacker: flood(`EHLO x\r\n${TRANSACTION}`, `${'x'.repeat(998)}\r\n`.repeat(60)),
  },
}

const folder = await mkdtemp(join(tmpdir(), 'webtresor-bench-'))
const smarthost = await collectingListener({
  accept: async (source) => {
    for await (const chunk of source) void chunk
    return { number: 1 }
  },
})
const port = await freePort()
const product = await startProduct({
  relay: smarthost.port,
  smtp: port,
  folder: join(folder, 'data'),
})
try {
  const p99: Record<string, number> = {}
  console.log('acknowledgement of a small mail, in ms'.padEnd(42), '     p50      p99    mails')
  for (const [name, { count, attacker: attack }] of Object.entries(attacks)) {
    let over = false
    const attacking = Array.from({ length: count }, (_, nth) =>
      attack(
        () => connect({ port, host: '127.0.0.1', localAddress: `127.0.1.${1 + (nth % 20)}` }),
        () => over
      )
    )
    await pause(1000)
    const end = Date.now() + SECONDS * 1000
    const took = await probe(port, MAIL, () => Date.now() > end)
    over = true
    await Promise.all(attacking)
    await pause(1000)
    p99[name] = quantile(took, 0.99)
    const cells = [quantile(took, 0.5).toFixed(1), p99[name].toFixed(1), String(took.length)]
    const label = count > 0 ? `${count} ${name}` : name
    console.log(label.padEnd(42), ...cells.map((cell) => cell.padStart(8)))
  }
  const [calm = 0, ...attacked] = Object.values(p99)
  const worst = Math.max(...attacked)
  const figures = {
    ours: Math.round(worst),
    peer: Math.round(calm),
    ratio: Number((worst / calm).toFixed(2)),
  }
  console.log(JSON.stringify({ name: 'attack', unit: 'ms p99', ...figures, rss_mb: null }))
} finally {
  product.kill('SIGTERM')
  await once(product, 'close')
  await smarthost.stop()
  await rm(folder, { recursive: true, force: true })
}
