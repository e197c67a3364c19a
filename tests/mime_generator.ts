/**
 * Seeded odd MIME: the same seed gives the same bytes on every machine. Shapes that real programs and attackers write:
 * preambles, epilogues, empty parts, deep nesting, odd boundaries, missing ends, lines of dots, mixed line ends, 8-bit
 * headers, folded and repeated fields, attached messages, lines that look like delimiters.
 */

/** A small generator of random numbers (mulberry32) with the draws that tests need. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0, below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!
  }

  bytes(length: number): Buffer {
    const out = Buffer.alloc(length)
    for (let at = 0; at < length; at++) out[at] = this.below(256)
    return out
  }
}

export interface GeneratorOptions {
  /** Odd shapes too; without them the message is as RFC 2045 to 2049 want it. Default true. */
  odd?: boolean
  /** Nesting of containers. Default 4. */
  depth?: number
}

/** A message for the seed: whole, as it comes over the wire. */
export function generateMime(seed: number, options: GeneratorOptions = {}): Buffer {
  return new Generator(new Random(seed), options.odd ?? true).message(options.depth ?? 4)
}

/** Cuts bytes at random borders, empty and one-byte pieces included. */
export function cutRandomly(bytes: Buffer, random: Random): Buffer[] {
  const longest = random.pick([1, 3, 20, 200, 5000])
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const size = longest === 1 ? 1 : random.below(longest + 1)
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

const types = [
  'text/plain',
  'text/html',
  'application/pdf',
  'image/png',
  'text/calendar',
  'application/x-odd',
]
const names = [
  'rechnung.pdf',
  'Übersicht Q1.xlsx',
  '../../etc/passwd',
  'a;b.txt',
  '',
  '日本.doc',
  'x'.repeat(120),
]
const words = [
  'Guten',
  'Tag',
  'anbei',
  '.',
  '..',
  '--',
  '-- ',
  'From me',
  'Größe',
  '=20',
  '----',
  '\t',
  'a'.repeat(90),
]

class Generator {
  readonly #random: Random
  readonly #odd: boolean
  /** Boundaries of the containers that are open, for lines that look like theirs. */
  readonly #open: string[] = []
  #boundaries = 0
  #lineBreak: string

  constructor(random: Random, odd: boolean) {
    this.#random = random
    this.#odd = odd
    this.#lineBreak = odd && random.chance(0.2) ? '\n' : '\r\n'
  }

  message(depth: number): Buffer {
    const subject = this.#odd
      ? this.#random.pick(['Test', 'Größe', '=?utf-8?Q?Gr=C3=B6=C3=9Fe?=', ''])
      : 'Test'
    const fields = [
      `From: a@firm.example`,
      'To: b@client.example',
      `Subject: ${subject}`,
      'MIME-Version: 1.0',
    ]
    if (this.#odd && this.#random.chance(0.1))
      fields.push(`X-Long: ${'folded '.repeat(30)}\r\n more`)
    return this.#entity(fields, depth)
  }

  #entity(fields: string[], depth: number): Buffer {
    const draw = this.#random.next()
    if (depth > 0 && draw < 0.45) return this.#multipart(fields, depth)
    if (depth > 0 && draw < 0.55) return this.#attachedMessage(fields, depth)
    return this.#leaf(fields)
  }

  #leaf(fields: string[]): Buffer {
    const random = this.#random
    const type = random.pick(types)
    const own = random.chance(0.9)
      ? [`Content-Type: ${type}${random.pick(['', '; charset=utf-8', '; name="n.txt"'])}`]
      : []
    if (random.chance(0.4)) {
      const name = random.pick(names)
      own.push(`Content-Disposition: ${random.pick(['attachment', 'inline'])}; filename="${name}"`)
    }
    const content = random.chance(0.15) ? Buffer.alloc(0) : this.#content()
    const encoding = random.pick(['7bit', '8bit', 'base64', 'base64', 'quoted-printable'])
    if (encoding !== '7bit') own.push(`Content-Transfer-Encoding: ${encoding}`)
    if (this.#odd && random.chance(0.05)) own.push(own[0] ?? 'X-Nothing: here')
    return this.#assemble([...fields, ...own], this.#encode(content, encoding))
  }

  #attachedMessage(fields: string[], depth: number): Buffer {
    const disposition = this.#random.chance(0.5) ? ['Content-Disposition: inline'] : []
    const inner = this.message(depth - 1)
    return this.#assemble([...fields, 'Content-Type: message/rfc822', ...disposition], inner)
  }

  #multipart(fields: string[], depth: number): Buffer {
    const random = this.#random
    const boundary = this.#boundary()
    const subtype = random.pick(['mixed', 'alternative', 'related', 'x-odd'])
    const type = `Content-Type: multipart/${subtype};${random.pick([' ', '\r\n\t', '\r\n '])}boundary="${boundary}"`
    this.#open.push(boundary)
    const pieces: (Buffer | string)[] = []
    if (random.chance(0.3)) pieces.push(this.#content(), this.#break())
    const count = this.#odd ? random.below(4) : 1 + random.below(3)
    for (let n = 0; n < count; n++) {
      pieces.push(
        `--${boundary}${this.#padding()}`,
        this.#break(),
        this.#entity([], depth - 1),
        this.#break()
      )
    }
    const closed = !this.#odd || random.chance(0.85)
    if (closed) pieces.push(`--${boundary}--${this.#padding()}`)
    if (closed && random.chance(0.6)) pieces.push(this.#break())
    this.#open.pop()
    if (closed && random.chance(0.2)) pieces.push(this.#break(), this.#content())
    return this.#assemble(
      [...fields, type],
      Buffer.concat(pieces.map((piece) => Buffer.from(piece)))
    )
  }

  #assemble(fields: string[], body: Buffer): Buffer {
    const raw = this.#odd && this.#random.chance(0.05)
    const pieces = fields.flatMap((field) => [
      Buffer.from(field, raw ? 'latin1' : 'utf8'),
      Buffer.from(this.#break()),
    ])
    // A part may begin with its empty line, and a careless writer forgets it.
    const empty = this.#odd && this.#random.chance(0.03) ? '' : this.#break()
    return Buffer.concat([...pieces, Buffer.from(empty), body])
  }

  #encode(content: Buffer, encoding: string): Buffer {
    if (encoding === 'base64') {
      const lines = content.toString('base64').match(/.{1,76}/g) ?? []
      const rubbish = this.#odd && this.#random.chance(0.1) ? ['!?', 'YQ==YWI='] : []
      return Buffer.from([...lines, ...rubbish].join(this.#break()))
    }
    if (encoding !== 'quoted-printable') return content
    const text = [...content].map((byte) =>
      (byte > 32 && byte < 127 && byte !== 61) || byte === 10 || byte === 13
        ? String.fromCharCode(byte)
        : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
    )
    return Buffer.from(text.join('').replace(/([^\r\n]{60}[^=\r\n]{3})(?=[^\r\n])/g, '$1=\r\n'))
  }

  /** Lines of text, now and then with one that looks like a delimiter. */
  #content(): Buffer {
    const random = this.#random
    const lines: Buffer[] = []
    for (let n = random.below(8); n >= 0; n--) {
      const line = random.chance(0.1)
        ? ''
        : Array.from({ length: random.below(6) }, () => random.pick(words)).join(' ')
      lines.push(Buffer.from(line))
      if (this.#odd && this.#open.length > 0 && random.chance(0.15)) lines.push(this.#lookalike())
      if (this.#odd && random.chance(0.05))
        lines.push(Buffer.from(random.bytes(20).filter((b) => b !== 13 && b !== 10)))
    }
    return Buffer.concat(lines.flatMap((line) => [line, Buffer.from(this.#break())]).slice(0, -1))
  }

  #lookalike(): Buffer {
    const boundary = this.#random.pick(this.#open)
    return Buffer.from(
      this.#random.pick([
        `--${boundary}x`,
        `-${boundary}`,
        ` --${boundary}`,
        `--${boundary}-`,
        `--${boundary.slice(0, -1)}`,
        `--${boundary} text`,
      ])
    )
  }

  #boundary(): string {
    const n = ++this.#boundaries
    if (!this.#odd) return `=_part_${n}_=`
    const outer = this.#open.at(-1)
    const odd = [
      `b${n}`,
      `----=_NextPart_000_${n}`,
      `${n}'()+_,-./:=?`,
      `with space ${n}`,
      `${'-'.repeat(60)}${n}`,
      `${outer ?? 'p'}${n}`,
    ]
    return this.#random.pick(odd)
  }

  #padding(): string {
    return this.#odd && this.#random.chance(0.1) ? this.#random.pick([' ', '\t', '  \t ']) : ''
  }

  #break(): string {
    if (this.#odd && this.#random.chance(0.02)) return this.#lineBreak === '\n' ? '\r\n' : '\n'
    return this.#lineBreak
  }
}
