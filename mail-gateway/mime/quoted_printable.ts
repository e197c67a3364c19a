import { quotedPrintablePadding } from '../limits.ts'
import type { Irregularity } from './irregularities.ts'

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const EQUALS = 0x3d

const hexValues = new Int8Array(256).fill(-1)
for (const [value, char] of [...'0123456789abcdef'].entries()) {
  hexValues[char.charCodeAt(0)] = value
  hexValues[char.toUpperCase().charCodeAt(0)] = value
}

/** Bytes that mean nothing but themselves, wherever they stand outside an escape. */
const plain = new Uint8Array(256).fill(1)
for (const byte of [TAB, LF, CR, SPACE, EQUALS]) plain[byte] = 0

/**
 * Decodes quoted-printable (RFC 2045, 6.7) in chunks, cut anywhere. White space before a line end is dropped (rule 3).
 * What is no escape stays as it stands and is told to `irregular`.
 */
export class QuotedPrintableDecoder {
  readonly #irregular: (reason: Irregularity) => void
  /** An escape that is not complete: the equals sign and what followed it so far. */
  #escape: number[] = []
  /** A CR whose next byte is not known. */
  #cr = false
  /** Length of the run of white space at the end of what was read; its bytes are held back while it is short. */
  #run = 0
  #held: Buffer = Buffer.alloc(0)
  #out: Buffer = Buffer.alloc(0)
  #written = 0

  constructor(irregular: (reason: Irregularity) => void = () => {}) {
    this.#irregular = irregular
  }

  write(chunk: Uint8Array): Buffer {
    const room = this.#held.length + this.#escape.length + 1
    this.#out = Buffer.allocUnsafe(room + chunk.length)
    this.#written = this.#held.copy(this.#out)
    let at = 0
    while (at < chunk.length) {
      if (this.#escape.length === 0 && !this.#cr) at = this.#copyPlain(chunk, at)
      if (at >= chunk.length) break
      const byte = chunk[at++]!
      if (this.#escape.length > 0) this.#continue(byte)
      else this.#take(byte)
    }
    const held = this.#isPadding() ? this.#run : 0
    this.#held = Buffer.from(this.#out.subarray(this.#written - held, this.#written))
    return this.#out.subarray(0, this.#written - held)
  }

  /** Decodes for what `irregular` is told. */
  check(chunk: Uint8Array): void {
    this.write(chunk)
  }

  /** What is left at the end. An equals sign there is a soft line break whose line end the delimiter took. */
  end(): Buffer {
    const rest = [...this.#escape]
    const soft = rest.slice(1).every((byte) => byte === SPACE || byte === TAB || byte === CR)
    if (!soft) this.#irregular('quoted_printable_escape')
    const cr = this.#cr ? [CR] : []
    const held = this.#cr ? this.#held : Buffer.alloc(0)
    this.#escape = []
    this.#cr = false
    return Buffer.concat([held, Buffer.from([...cr, ...(soft ? [] : rest)])])
  }

  /** Copies bytes that stand for themselves. Returns where they end. */
  #copyPlain(chunk: Uint8Array, from: number): number {
    const out = this.#out
    let written = this.#written
    let at = from
    while (at < chunk.length && plain[chunk[at]!] === 1) out[written++] = chunk[at++]!
    if (at > from) this.#run = 0
    this.#written = written
    return at
  }

  #isPadding(): boolean {
    return this.#run > 0 && this.#run <= quotedPrintablePadding
  }

  #take(byte: number): void {
    if (byte === LF) {
      if (this.#isPadding()) this.#written -= this.#run
      if (this.#cr) this.#put(CR)
      this.#put(LF)
      this.#run = 0
      this.#cr = false
      return
    }
    if (this.#cr) {
      this.#put(CR)
      this.#cr = false
      this.#run = 0
    }
    if (byte === CR) {
      this.#cr = true
    } else if (byte === SPACE || byte === TAB) {
      this.#put(byte)
      this.#run++
    } else {
      this.#run = 0
      if (byte === EQUALS) this.#escape.push(byte)
      else this.#put(byte)
    }
  }

  #continue(byte: number): void {
    const { length } = this.#escape
    const second = this.#escape[1]
    if (byte === LF) {
      if (length === 1 || hexValues[second!]! < 0) this.#escape = []
      else this.#refuse(byte)
    } else if (length === 1 && (hexValues[byte]! >= 0 || byte === CR)) {
      this.#escape.push(byte)
    } else if (length === 2 && hexValues[second!]! >= 0 && hexValues[byte]! >= 0) {
      this.#put(hexValues[second!]! * 16 + hexValues[byte]!)
      this.#escape = []
    } else if (this.#isSoftBreakPadding() && (byte === SPACE || byte === TAB || byte === CR)) {
      this.#escape.push(byte)
    } else this.#refuse(byte)
  }

  #isSoftBreakPadding(): boolean {
    const last = this.#escape.at(-1)
    return last !== CR && this.#escape.length <= quotedPrintablePadding && !(hexValues[last!]! >= 0)
  }

  /** The bytes since the equals sign are no escape: they stand for themselves. */
  #refuse(byte: number): void {
    this.#irregular('quoted_printable_escape')
    const literal = this.#escape
    this.#escape = []
    this.#put(EQUALS)
    for (const held of literal.slice(1)) this.#take(held)
    this.#take(byte)
  }

  #put(byte: number): void {
    if (this.#written === this.#out.length) {
      this.#out = Buffer.concat([this.#out, Buffer.allocUnsafe(this.#out.length + 16)])
    }
    this.#out[this.#written++] = byte
  }
}

/** A line with its soft line break has at most 76 characters (RFC 2045, 6.7 rule 5). */
const longestLine = 75

/**
 * Encodes text as quoted-printable. Line ends, CRLF or LF, become CRLF; all other control characters, bytes above 126 and
 * white space before a line end are escaped.
 */
export async function* encodeQuotedPrintable(
  source: AsyncIterable<Uint8Array>
): AsyncIterable<Buffer> {
  let column = 0
  let text = ''
  /** White space and CR whose meaning depends on the next byte. */
  let space = -1
  let cr = false
  const put = (token: string) => {
    if (column + token.length > longestLine) {
      text += '=\r\n'
      column = 0
    }
    text += token
    column += token.length
  }
  for await (const chunk of source) {
    for (const byte of chunk) {
      if (byte === LF) {
        if (space >= 0) put(escaped(space))
        text += '\r\n'
        column = 0
        space = -1
        cr = false
        continue
      }
      if (space >= 0 && (cr || byte !== CR)) {
        put(String.fromCharCode(space))
        space = -1
      }
      if (cr) put(escaped(CR))
      cr = byte === CR
      if (byte === SPACE || byte === TAB) space = byte
      else if (!cr) put(isLiteral(byte) ? String.fromCharCode(byte) : escaped(byte))
    }
    if (text) yield Buffer.from(text, 'latin1')
    text = ''
  }
  if (space >= 0) put(escaped(space))
  if (cr) put(escaped(CR))
  if (text) yield Buffer.from(text, 'latin1')
}

function isLiteral(byte: number): boolean {
  return byte > SPACE && byte < 0x7f && byte !== EQUALS
}

function escaped(byte: number): string {
  return `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
}
