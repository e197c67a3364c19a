/**
 * Mails of one size in bytes through the product and through Postfix, in turn, on the same disk: smtp-source with sessions that are
 * used again, then the server, then smtp-sink. Linux and root only, with Debian's postfix installed.
 *
 *   npm run bench:gateway -- --mails 2000 --rounds 3 --size 10000
 *
 * A round of 600 takes half a second, of which beginning and end are a tenth; one of 2,000 says what lasts.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { freePort } from '../tests/servers/child.ts'
import { startPostfix } from '../tests/servers/postfix.ts'
import { median, quantile } from './figures.ts'
import { probe } from './prober.ts'
import { processOf, startProduct, until } from './product.ts'

const { values: options } = parseArgs({
  options: {
    mails: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '3' },
    sessions: { type: 'string', default: '10,50' },
    size: { type: 'string', default: '10000' },
    kinds: { type: 'string', default: 'plain,attached' },
  },
})
const MAILS = Number(options.mails)
const ROUNDS = Number(options.rounds)
const SIZE = Number(options.size)
const SESSIONS = options.sessions.split(',').map(Number)
const TICKS = 100

/** A server under test: where it listens, what it has delivered, what processor time it took in seconds. */
interface Subject {
  name: string
  port: number
  delivered: () => number
  cpu: () => number
}

interface Round {
  accepted: number
  delivered: number
  p50: number
  p99: number
  cpu: number
}

async function startSink(port: number) {
  // As root it insists on becoming somebody else.
  const account = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const sink = spawn('/usr/sbin/smtp-sink', [...account, '-c', `127.0.0.1:${port}`, '1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let count = 0
  sink.stdout.setEncoding('utf8').on('data', (text: string) => {
    const counts = [...text.matchAll(/mesg=(\d+)/g)]
    if (counts.length > 0) count = Number(counts.at(-1)![1])
  })
  return { delivered: () => count, stop: () => void sink.kill() }
}

/** Seconds of a process with the children it has waited for, from proc(5). */
function seconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS
}

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

/** Postfix is its master and whatever it keeps running. */
function secondsOfFamily(master: number): number {
  let sum = seconds(master)
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      if (parentOf(Number(name)) === master) sum += seconds(Number(name))
    } catch {
      // It ended meanwhile, and the master counts it.
    }
  }
  return sum
}

async function masterOf(folder: string): Promise<number> {
  return Number(readFileSync(join(folder, 'queue/pid/master.pid'), 'utf8').trim())
}

async function run(subject: Subject, sessions: number, file: string): Promise<Round> {
  const before = { delivered: subject.delivered(), cpu: subject.cpu() }
  const mail = readFileSync(file, 'utf8').replace(/\r?\n/g, '\r\n').trimEnd()
  let ended = false
  const probing = probe(subject.port, mail, () => ended)
  const begin = performance.now()
  const source = spawn(
    '/usr/sbin/smtp-source',
    [
      ...['-d', '-s', String(sessions), '-m', String(MAILS), '-F', file],
      ...['-f', 'me@firm.example', '-t', 'you@example.net', `127.0.0.1:${subject.port}`],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] }
  )
  const [code] = await once(source, 'exit')
  const accepted = (performance.now() - begin) / 1000
  ended = true
  if (code !== 0) throw new Error(`smtp-source ended with ${code}`)
  const probes = await probing
  const all = MAILS + probes.length
  await until(() => subject.delivered() - before.delivered >= all, `${subject.name} to deliver`)
  const delivered = (performance.now() - begin) / 1000
  return {
    accepted: all / accepted,
    delivered: all / delivered,
    p50: quantile(probes, 0.5),
    p99: quantile(probes, 0.99),
    cpu: ((subject.cpu() - before.cpu) / all) * 1000,
  }
}

function middle(rounds: Round[]): Round {
  const of = (name: keyof Round) => median(rounds.map((round) => round[name]))
  return {
    accepted: of('accepted'),
    delivered: of('delivered'),
    p50: of('p50'),
    p99: of('p99'),
    cpu: of('cpu'),
  }
}

function line(name: string, { accepted, delivered, p50, p99, cpu }: Round): string {
  const cells = [accepted.toFixed(0), delivered.toFixed(0), p50.toFixed(1), p99.toFixed(1)]
  return [name.padEnd(34), ...[...cells, cpu.toFixed(1)].map((cell) => cell.padStart(11))].join('')
}

/** Both kinds are about as large on the wire. */
async function writeMails(folder: string) {
  const head = 'From: me@firm.example\nTo: you@example.net\nSubject: bench\nMIME-Version: 1.0\n'
  const text = 'A line of plain text that fills the mail up to its size, again.\n'
  const plain = `${head}Content-Type: text/plain\n\n${text.repeat(SIZE / text.length)}`
  const file = randomBytes(Math.round(SIZE * 0.7))
  const encoded = file.toString('base64').replace(/.{76}/g, '$&\n')
  const attached = [
    `${head}Content-Type: multipart/mixed; boundary=b\n`,
    `--b\nContent-Type: text/plain\n\n${text.repeat(4)}`,
    '--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf',
    `Content-Transfer-Encoding: base64\n\n${encoded}\n--b--\n`,
  ].join('\n')
  const files = { plain: join(folder, 'plain'), attached: join(folder, 'attached') }
  await Promise.all([writeFile(files.plain, plain), writeFile(files.attached, attached)])
  return files
}

const folder = await mkdtemp(join(tmpdir(), 'webtresor-bench-'))
const files = await writeMails(folder)
const [ourSink, peerSink, port] = [await freePort(), await freePort(), await freePort()]
const [ours, peers] = [await startSink(ourSink), await startSink(peerSink)]
const product = await startProduct({
  relay: ourSink,
  smtp: port,
  folder: join(folder, 'data'),
  settings: { LINK_CONFIRMATION: 'none' },
})
const postfix = await startPostfix({
  settings: { relayhost: `[127.0.0.1]:${peerSink}`, virtual_mailbox_domains: '' },
})
try {
  const [pid, master] = [processOf(product), await masterOf(postfix.folder)]
  const subjects: Subject[] = [
    { name: 'Webtresor', port, delivered: ours.delivered, cpu: () => seconds(pid) },
    {
      name: 'Postfix',
      port: postfix.port,
      delivered: peers.delivered,
      cpu: () => secondsOfFamily(master),
    },
  ]
  const head = ['accepted/s', 'delivered/s', 'ack p50 ms', 'ack p99 ms', 'CPU ms/mail']
  console.log(['medians'.padEnd(34), ...head.map((cell) => cell.padStart(12))].join(''))
  for (const subject of subjects) await run(subject, 10, files.plain)
  for (const kind of options.kinds.split(',') as (keyof typeof files)[]) {
    const file = files[kind]
    for (const sessions of SESSIONS) {
      const rounds: Round[][] = [[], []]
      for (let round = 0; round < ROUNDS; round++) {
        for (const [nth, subject] of subjects.entries()) {
          rounds[nth]!.push(await run(subject, sessions, file))
        }
      }
      const [our, peer] = rounds.map(middle) as [Round, Round]
      console.log(line(`Webtresor, ${kind}, ${sessions} sessions`, our))
      console.log(line(`Postfix, ${kind}, ${sessions} sessions`, peer))
      console.log(
        JSON.stringify({
          name: `gateway-${kind}-${sessions}`,
          unit: 'delivered/s',
          ours: Math.round(our.delivered),
          peer: Math.round(peer.delivered),
          ratio: Number((our.delivered / peer.delivered).toFixed(2)),
          rss_mb: null,
        })
      )
    }
  }
} finally {
  product.kill('SIGTERM')
  await Promise.all([once(product, 'close'), postfix.stop()])
  ours.stop()
  peers.stop()
  await rm(folder, { recursive: true, force: true })
}
