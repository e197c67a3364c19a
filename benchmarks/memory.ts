/**
 * Peak resident memory of the whole product, as `npm start` runs it, while large mails pass: one with an attachment of 100 MB,
 * then four at once with 50 MB, each through to delivery at an SMTP sink. Linux only: it reads /proc.
 */
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { freePort } from '../tests/servers/child.ts'
import { processOf, startProduct, until } from './product.ts'

const MB = 1024 * 1024
/** Lines of base64 that decode to 54 bytes each. */
const BLOCK =
  `${Buffer.concat([Buffer.from('%PDF-1.7'), randomBytes(46)]).toString('base64')}\r\n`.repeat(1000)
const BLOCK_BYTES = 54_000

let delivered = 0

async function startSink(): Promise<{ port: number; close(): void }> {
  const sink = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, _session, done) {
      stream.resume()
      stream.on('end', () => {
        delivered++
        done()
      })
    },
  })
  const port = await freePort()
  await new Promise<void>((resolve) => sink.listen(port, '127.0.0.1', () => resolve()))
  return { port, close: () => sink.close() }
}

/** Peak resident set of the product in MB. */
function peak(product: ChildProcess): number {
  const status = readFileSync(`/proc/${processOf(product)}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024
}

async function send(port: number, megabytes: number, recipient: string) {
  const socket = connect(port, '127.0.0.1')
  let replies = ''
  socket.setEncoding('utf8').on('data', (text: string) => (replies += text))
  const expect = async (code: string) => {
    await until(() => /^\d{3} .*\r\n/m.test(replies), `${code} from the listener`)
    if (!replies.includes(`${code} `)) throw new Error(replies)
    replies = ''
  }
  const write = (text: string) =>
    new Promise<void>((resolve) => {
      if (socket.write(text)) resolve()
      else socket.once('drain', () => resolve())
    })

  await expect('220')
  for (const line of ['EHLO bench', 'MAIL FROM:<me@firm.example>', `RCPT TO:<${recipient}>`]) {
    await write(`${line}\r\n`)
    await expect('250')
  }
  await write('DATA\r\n')
  await expect('354')
  await write(
    [
      'From: me@firm.example',
      'Subject: large',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'Hello',
      '--b',
      'Content-Type: application/pdf',
      'Content-Disposition: attachment; filename=large.pdf',
      'Content-Transfer-Encoding: base64',
      '',
      '',
    ].join('\r\n')
  )
  for (let sent = 0; sent < megabytes * MB; sent += BLOCK_BYTES) await write(BLOCK)
  await write('--b--\r\n.\r\n')
  await expect('250')
  socket.end('QUIT\r\n')
}

const folder = await mkdtemp(join(tmpdir(), 'webtresor-bench-'))
const sink = await startSink()
const port = await freePort()
const product = await startProduct({ relay: sink.port, smtp: port, folder })
try {
  console.log(`idle: ${peak(product).toFixed(0)} MB`)
  await send(port, 100, 'one@example.net')
  await until(() => delivered === 1, 'the first delivery')
  console.log(`one mail with 100 MB: ${peak(product).toFixed(0)} MB`)
  await Promise.all([1, 2, 3, 4].map((nth) => send(port, 50, `many${nth}@example.net`)))
  await until(() => delivered === 5, 'the other deliveries')
  const rss = Math.round(peak(product))
  console.log(`and four at once with 50 MB: ${rss} MB`)
  console.log(
    JSON.stringify({ name: 'memory', unit: 'MB', ours: rss, peer: null, ratio: null, rss_mb: rss })
  )
} finally {
  product.kill('SIGTERM')
  await new Promise((resolve) => product.once('close', resolve))
  sink.close()
  await rm(folder, { recursive: true, force: true })
}
