/**
 * Reading the MIME structure of a mail of 10 MB and of 100 MB: our scanner beside mailsplit and mailparser, one after the
 * other in each round, medians of all rounds; `bodies too` decodes base64 to note what is wrong in it. `npm run bench:mime`
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

interface Mail {
  size: number
  chunks: Buffer[]
}

/** The same megabytes again and again: more than the caches hold, less than the mail. They count in `rss_mb`. */
const ring = 40 * 1024 * 1024

function mail(megabytes: number): Mail {
  const delimiter = '------=_Part_0001'
  const head = [
    'From: Absender <absender@firm.example>',
    'To: Kunde <kunde@client.example>',
    'Subject: Unterlagen',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="----=_Part_0001"',
    '',
    delimiter,
    'Content-Type: multipart/alternative; boundary="----=_Part_0002"',
    '',
    ...['plain', 'html'].flatMap((kind) => [
      '------=_Part_0002',
      `Content-Type: text/${kind}; charset=utf-8`,
      '',
      'Sehr geehrte Damen und Herren,\r\n\r\n-- \r\nanbei die Unterlagen.\r\n'.repeat(200),
    ]),
    '------=_Part_0002--',
    '',
  ].join('\r\n')
  const line = `${Buffer.alloc(57, 'Webtresor').toString('base64')}\r\n`
  const attachment = Buffer.from(line.repeat(Math.floor(ring / line.length)), 'latin1')
  const chunks: Buffer[] = [Buffer.from(head)]
  for (let n = 1; n <= 4; n++) {
    const fields = [
      delimiter,
      `Content-Type: application/pdf; name="unterlage-${n}.pdf"`,
      'Content-Transfer-Encoding: base64',
      `Content-Disposition: attachment; filename="unterlage-${n}.pdf"`,
      '',
      '',
    ]
    chunks.push(Buffer.from(fields.join('\r\n')), ...cut(attachment, (megabytes * 1e6) / 4))
  }
  chunks.push(Buffer.from(`${delimiter}--\r\n`))
  return { size: chunks.reduce((sum, chunk) => sum + chunk.length, 0), chunks }
}

/** About `size` bytes in chunks that end with a line. */
function* cut(attachment: Buffer, size: number) {
  let given = 0
  for (let at = 0; given < size; at = (at + chunkSize) % attachment.length) {
    const room = attachment.subarray(at, at + chunkSize)
    const chunk = given + room.length < size ? room : room.subarray(0, room.lastIndexOf(10) + 1)
    given += chunk.length
    yield chunk
    if (chunk !== room) return
  }
}

async function* source({ chunks }: Mail) {
  yield* chunks
}

const readers: Record<string, (message: Mail) => Promise<unknown>> = {
  'webtresor': (message) => scanMime(source(message)),
  'bodies too': (message) => scanMime(source(message), {}, { checkBodies: true }),
  'mailsplit': async ({ chunks }) => {
    const splitter = Readable.from(chunks).pipe(new Splitter())
    splitter.resume()
    await once(splitter, 'end')
  },
  'mailparser': async ({ chunks }) => {
    const parser = Readable.from(chunks).pipe(new MailParser())
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

async function compare(megabytes: 10 | 100, message: Mail): Promise<Map<string, number>> {
  const seconds = new Map(Object.keys(readers).map((name) => [name, [] as number[]]))
  for (let round = 0; round < rounds[megabytes]; round++) {
    for (const [name, read] of Object.entries(readers)) {
      const start = performance.now()
      await read(message)
      seconds.get(name)!.push((performance.now() - start) / 1000)
    }
  }
  const speeds = [...seconds].map(
    ([name, times]) => [name, message.size / 1e6 / median(times)] as const
  )
  for (const [name, speed] of speeds) {
    console.log(
      `${`${megabytes} MB`.padEnd(8)}${name.padEnd(12)}${speed.toFixed(0).padStart(7)} MB/s`
    )
  }
  return new Map(speeds)
}

const large = mail(100)
await scanMime(source(large))
// Of our scanner alone: taken before the others run.
const rss = process.resourceUsage().maxRSS
await compare(10, mail(10))
const speeds = await compare(100, large)
const ours = speeds.get('webtresor')!
const peer = speeds.get('mailsplit')!
console.log(
  JSON.stringify({
    name: 'mime',
    unit: 'MB/s',
    ours: Math.round(ours),
    peer: Math.round(peer),
    ratio: Number((ours / peer).toFixed(1)),
    rss_mb: Math.round(rss / 1024),
  })
)
