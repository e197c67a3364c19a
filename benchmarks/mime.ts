/**
 * Reading the MIME structure of a mail of 10 MB and of 100 MB: our scanner beside mailsplit and mailparser, one after the
 * other in each round, medians of all rounds. `npm run bench:mime`
 *
 * The mail is what offices send: a text in two forms and attachments in base64, in chunks of 64 KiB as from a file.
 */
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { Splitter } from '@zone-eu/mailsplit'
import { MailParser } from 'mailparser'
import { scanMime } from '../mail-gateway/mime/scanner.ts'

const chunkSize = 64 * 1024
const rounds = { 10: 7, 100: 3 }

function mail(megabytes: number): Buffer {
  const line = `${Buffer.alloc(57, 'Webtresor').toString('base64')}\r\n`
  const attachment = line.repeat(Math.floor((megabytes * 1e6) / 4 / line.length))
  const text = 'Sehr geehrte Damen und Herren,\r\n\r\n-- \r\nanbei die Unterlagen.\r\n'.repeat(200)
  const head = [
    'From: Absender <absender@firm.example>',
    'To: Kunde <kunde@client.example>',
    'Subject: Unterlagen',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="----=_Part_0001"',
    '',
    '------=_Part_0001',
    'Content-Type: multipart/alternative; boundary="----=_Part_0002"',
    '',
    ...['plain', 'html'].flatMap((kind) => [
      '------=_Part_0002',
      `Content-Type: text/${kind}; charset=utf-8`,
      '',
      text,
    ]),
    '------=_Part_0002--',
    '',
  ]
  const parts = [1, 2, 3, 4].map((n) =>
    [
      '------=_Part_0001',
      `Content-Type: application/pdf; name="unterlage-${n}.pdf"`,
      'Content-Transfer-Encoding: base64',
      `Content-Disposition: attachment; filename="unterlage-${n}.pdf"`,
      '',
      attachment,
    ].join('\r\n')
  )
  return Buffer.from([...head, ...parts, '------=_Part_0001--', ''].join('\r\n'), 'latin1')
}

function* chunks(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize)
}

async function* source(bytes: Buffer) {
  yield* chunks(bytes)
}

const readers: Record<string, (bytes: Buffer) => Promise<unknown>> = {
  webtresor: (bytes) => scanMime(source(bytes)),
  mailsplit: async (bytes) => {
    const splitter = Readable.from(chunks(bytes)).pipe(new Splitter())
    splitter.resume()
    await once(splitter, 'end')
  },
  mailparser: async (bytes) => {
    const parser = Readable.from(chunks(bytes)).pipe(new MailParser())
    parser.on('data', (data) => {
      if (data.type !== 'attachment') return
      data.content?.on('end', () => data.release?.())
      data.content?.resume()
    })
    await once(parser, 'end')
  },
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

async function compare(megabytes: 10 | 100): Promise<Map<string, number>> {
  const bytes = mail(megabytes)
  const seconds = new Map(Object.keys(readers).map((name) => [name, [] as number[]]))
  for (let round = 0; round < rounds[megabytes]; round++) {
    for (const [name, read] of Object.entries(readers)) {
      const start = performance.now()
      await read(bytes)
      seconds.get(name)!.push((performance.now() - start) / 1000)
    }
  }
  const speeds = [...seconds].map(
    ([name, times]) => [name, bytes.length / 1e6 / median(times)] as const
  )
  for (const [name, speed] of speeds) {
    console.log(
      `${`${megabytes} MB`.padEnd(8)}${name.padEnd(12)}${speed.toFixed(0).padStart(7)} MB/s`
    )
  }
  return new Map(speeds)
}

await compare(10)
const speeds = await compare(100)
const ours = speeds.get('webtresor')!
const peer = speeds.get('mailsplit')!
console.log(
  JSON.stringify({
    name: 'mime',
    unit: 'MB/s',
    ours: Math.round(ours),
    peer: Math.round(peer),
    ratio: Number((ours / peer).toFixed(1)),
    rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  })
)
