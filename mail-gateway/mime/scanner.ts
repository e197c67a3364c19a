import { mimeLimits, type MimeLimits } from '../limits.ts'
import { decoderOf, type Decoder } from './codecs.ts'
import { describe, isIdentity } from './content_headers.ts'
import { Delimiters, NO_MATCH, UNDECIDED } from './delimiters.ts'
import { splitFields } from './header.ts'
import { newPart, note, type MimePart, type MimeTree } from './tree.ts'

const LF = 0x0a
const CR = 0x0d
const DASH = 0x2d

/** Bytes of a chunk that are put behind a carry: more than the longest delimiter line. */
const joined = 4096

export interface ScanOptions {
  /** Whether bodies in base64 and quoted-printable are read too, to note their irregularities; costs most of the speed. */
  checkBodies?: boolean
}

/**
 * Reads a message once and says where its parts lie. Lines end in CRLF or LF. Memory is bounded by the limits, not by the
 * message: of a body only offsets are kept. Nothing in a message makes it throw; only the source can.
 */
export async function scanMime(
  source: AsyncIterable<Uint8Array>,
  limits: Partial<MimeLimits> = {},
  options: ScanOptions = {}
): Promise<MimeTree> {
  const scanner = new Scanner({ ...mimeLimits, ...limits }, options)
  for await (const chunk of source) scanner.write(chunk)
  return scanner.end()
}

/** Where the scanner stands: in a header block, in a body, or behind a limit, where all is opaque to the end. */
type State = 'header' | 'body' | 'opaque'

/**
 * The scanner as a machine that takes chunks. Between chunks it keeps the beginning of a line that may become a delimiter or an
 * empty line (`#carry`); all else is looked at once, by searching for what all open delimiter lines begin with.
 */
export class Scanner {
  readonly #limits: MimeLimits
  readonly #parts: MimePart[] = []
  readonly #delimiters = new Delimiters()
  #current: MimePart
  #state: State = 'header'
  /** Absolute offset of the first byte of the buffer at hand. */
  #base = 0
  #carry: Buffer | null = null
  #scratch: Buffer = Buffer.alloc(0)
  /** Whether the next byte to look at begins a line. */
  #atLineStart = true
  /** The two bytes before the buffer at hand. */
  #last = 0
  #beforeLast = 0
  #block: Buffer[] = []
  #blockSize = 0
  #blockCut = false
  #headerLeft: number
  #fieldsLeft: number
  readonly #checkBodies: boolean
  #decoder: Decoder | null = null

  constructor(limits: MimeLimits = mimeLimits, options: ScanOptions = {}) {
    this.#limits = limits
    this.#checkBodies = options.checkBodies ?? false
    this.#headerLeft = limits.headerTotal
    this.#fieldsLeft = limits.headerFields
    this.#current = this.#begin(null, 0)
  }

  /** Takes the next bytes; they may be reused afterwards. */
  write(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let at = 0
    while (at < fresh.length) {
      // Only the beginning is copied behind the carry: it decides what the carry is.
      const size = this.#carry ? joined : fresh.length
      const piece = fresh.subarray(at, at + size)
      this.#consume(this.#carry ? this.#join(this.#carry, piece) : piece, false)
      at += size
    }
  }

  /** Both in one buffer that is used again: what is kept of it is copied. */
  #join(carry: Buffer, piece: Buffer): Buffer {
    const size = carry.length + piece.length
    if (this.#scratch.length < size) this.#scratch = Buffer.allocUnsafe(size + joined)
    carry.copy(this.#scratch)
    piece.copy(this.#scratch, carry.length)
    return this.#scratch.subarray(0, size)
  }

  /** Says that the message is complete. */
  end(): MimeTree {
    this.#consume(this.#carry ?? Buffer.alloc(0), true)
    const size = this.#base
    this.#close(0, size, 0)
    const root = this.#parts[0]!
    const irregular = [...new Set(this.#parts.flatMap((part) => part.irregular))]
    return { root, parts: this.#parts, size, irregular }
  }

  #consume(bytes: Buffer, final: boolean): void {
    let at = 0
    let before = -1
    // A step that neither moves nor changes the state waits for more bytes.
    while (at < bytes.length && at !== before) {
      before = at
      if (this.#state === 'header') at = this.#readHeader(bytes, at, final)
      else if (this.#state === 'body') at = this.#readBody(bytes, at, final)
      else at = bytes.length
    }
    this.#carry = at < bytes.length ? Buffer.from(bytes.subarray(at)) : null
    if (at > 1) this.#beforeLast = bytes[at - 2]!
    else if (at === 1) this.#beforeLast = this.#last
    if (at > 0) this.#last = bytes[at - 1]!
    this.#base += at
  }

  /** Takes lines of a header block up to its empty line or a delimiter. Returns how far it came. */
  #readHeader(bytes: Buffer, from: number, final: boolean): number {
    let at = from
    while (at < bytes.length) {
      if (this.#atLineStart) {
        const byte = bytes[at]
        if (byte === LF) return this.#endHeader(bytes, from, at, at + 1)
        if (byte === CR || byte === DASH) {
          if (at + 1 >= bytes.length && !final) break
          const following = bytes[at + 1]
          if (byte === CR && following === LF) return this.#endHeader(bytes, from, at, at + 2)
          if (byte === DASH && following === DASH) {
            const level = this.#delimiters.match(bytes, at, final)
            if (level === UNDECIDED) break
            if (level !== NO_MATCH) {
              this.#keep(bytes, from, at)
              return this.#delimit(level, bytes, at)
            }
          }
        }
      }
      const end = bytes.indexOf(LF, at)
      this.#atLineStart = end >= 0
      at = end < 0 ? bytes.length : end + 1
    }
    this.#keep(bytes, from, at)
    return at
  }

  /** Copies header bytes as far as the limits allow. */
  #keep(bytes: Buffer, from: number, to: number): void {
    const room = Math.min(this.#limits.headerSize - this.#blockSize, this.#headerLeft)
    const size = Math.min(to - from, room)
    if (size < to - from) this.#blockCut = true
    if (size === 0) return
    this.#block.push(Buffer.from(bytes.subarray(from, from + size)))
    this.#blockSize += size
    this.#headerLeft -= size
  }

  #endHeader(bytes: Buffer, from: number, emptyLine: number, next: number): number {
    this.#keep(bytes, from, emptyLine)
    const part = this.#current
    if (next - emptyLine === 1) note(part, 'bare_lf')
    this.#atLineStart = true
    this.#understand(part, this.#base + next)
    this.#state = 'body'
    if (part.boundary !== null) this.#open(part, part.boundary)
    else if (part.type === 'message/rfc822' && isIdentity(part.transferEncoding)) {
      this.#descend(part)
    }
    if (this.#checkBodies && this.#current === part && part.boundary === null) {
      this.#decoder = decoderOf(part.transferEncoding, (reason) => note(part, reason))
    }
    return next
  }

  /** Turns the kept bytes into the header of the part. */
  #understand(part: MimePart, bodyStart: number): void {
    let block = Buffer.concat(this.#block)
    if (this.#blockCut) block = block.subarray(0, block.lastIndexOf(LF) + 1)
    const { fields, irregular, cut } = splitFields(block, part.start, this.#fieldsLeft)
    this.#fieldsLeft -= fields.length
    part.headers = fields
    part.bodyStart = part.bodyEnd = part.end = bodyStart
    for (const reason of irregular) note(part, reason)
    describe(part, part.parent?.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain')
    if (cut || this.#blockCut) {
      note(part, 'headers_over_limit')
      part.type = 'application/octet-stream'
      part.boundary = null
    }
    if (part.boundary !== null && part.boundary.length > this.#limits.boundary) part.boundary = null
    if (part.boundary !== null && this.#depth(part) >= this.#limits.depth) {
      note(part, 'too_deep')
      part.boundary = null
    }
    part.path = pathOf(part)
    this.#block = []
    this.#blockSize = 0
    this.#blockCut = false
  }

  #depth(part: MimePart): number {
    let depth = 1
    for (let parent = part.parent; parent; parent = parent.parent) depth++
    return depth
  }

  #open(part: MimePart, boundary: string): void {
    for (const level of this.#delimiters.levels) {
      const outer = level.part.boundary!
      if (outer.startsWith(boundary) || boundary.startsWith(outer)) note(part, 'boundary_prefix')
    }
    this.#delimiters.push(part, Buffer.from(boundary, 'latin1'))
  }

  #descend(part: MimePart): void {
    if (this.#depth(part) >= this.#limits.depth) note(part, 'too_deep')
    else if (this.#parts.length >= this.#limits.parts) note(part, 'too_many_parts')
    else this.#current = this.#begin(part, part.bodyStart)
  }

  #begin(parent: MimePart | null, start: number): MimePart {
    const part = newPart(parent, start)
    this.#parts.push(part)
    this.#state = 'header'
    return part
  }

  /** Searches a body for the next delimiter line. Returns how far it came. */
  #readBody(bytes: Buffer, from: number, final: boolean): number {
    const { needle } = this.#delimiters
    if (needle.length === 0) {
      this.#decoder?.check(bytes.subarray(from))
      return bytes.length
    }
    let at = from
    while (at < bytes.length) {
      const found = bytes.indexOf(needle, at)
      if (found < 0) break
      const previous = found > 0 ? bytes[found - 1] : this.#last
      const startsLine = found === from ? this.#atLineStart : previous === LF
      if (startsLine || previous === CR) {
        const level = this.#delimiters.match(bytes, found, final)
        if (level === UNDECIDED) return this.#stopAt(bytes, from, found, startsLine)
        if (startsLine && level >= 0) {
          this.#decoder?.check(bytes.subarray(from, found))
          return this.#delimit(level, bytes, found)
        }
        this.#doubt(level)
      }
      at = found + 1
      while (bytes[at] === DASH) at++
    }
    return this.#stopAt(bytes, from, final ? bytes.length : this.#undecidedTail(bytes, from))
  }

  /** Ends the search at `end`: what is before it is body. */
  #stopAt(bytes: Buffer, from: number, end: number, startsLine?: boolean): number {
    this.#decoder?.check(bytes.subarray(from, end))
    if (startsLine !== undefined) this.#atLineStart = startsLine
    else if (end > from) this.#atLineStart = bytes[end - 1] === LF
    return end
  }

  /** Where the last line begins when it is the beginning of a delimiter, else the end of the buffer. */
  #undecidedTail(bytes: Buffer, from: number): number {
    const { needle } = this.#delimiters
    const earliest = Math.max(from, bytes.length - needle.length)
    const last = bytes.subarray(earliest)
    const lineEnd = Math.max(last.lastIndexOf(LF), last.lastIndexOf(CR))
    const start = earliest + lineEnd + 1
    if (lineEnd < 0 && !(earliest === from && this.#startsCandidate(bytes, from)))
      return bytes.length
    const tail = bytes.length - start
    if (tail === 0 || tail >= needle.length) return bytes.length
    return bytes.compare(needle, 0, tail, start) === 0 ? start : bytes.length
  }

  #startsCandidate(bytes: Buffer, from: number): boolean {
    return this.#atLineStart || (from > 0 ? bytes[from - 1] : this.#last) === CR
  }

  /** A line that is no delimiter here, and may be one to other readers. */
  #doubt(level: number): void {
    const { lookalike, afterEnd, levels } = this.#delimiters
    // Behind a bare CR, which becomes a line break when the message is relayed.
    if (level >= 0) note(levels[level]!.part, 'bare_cr')
    if (lookalike >= 0) note(levels[lookalike]!.part, 'delimiter_with_text')
    if (afterEnd >= 0) note(levels[afterEnd]!.part, 'delimiter_after_end')
  }

  /** A delimiter line of a multipart stands at `at`: ends the parts below it and goes on behind the line. */
  #delimit(index: number, bytes: Buffer, at: number): number {
    const { levels, closing, next, bareLf, bareCr } = this.#delimiters
    const level = levels[index]!
    const container = level.part
    if (bareLf) note(container, 'bare_lf')
    if (bareCr) note(container, 'bare_cr')
    this.#atLineStart = true
    const last = at > 0 ? bytes[at - 1] : this.#last
    const beforeLast = at > 1 ? bytes[at - 2] : at === 1 ? this.#last : this.#beforeLast
    const lineBreak = last !== LF ? 0 : beforeLast === CR ? 2 : 1
    this.#close(index + 1, this.#base + at, lineBreak)
    if (closing && !level.used) {
      // Readers differ on whether this ends the multipart; going on finds more parts rather than fewer.
      note(container, 'closing_boundary_first')
      this.#state = 'body'
      return next
    }
    level.used = true
    if (closing) {
      level.closed = true
      this.#state = 'body'
    } else if (this.#parts.length >= this.#limits.parts) {
      note(container, 'too_many_parts')
      this.#delimiters.truncate(0)
      this.#state = 'opaque'
    } else {
      this.#current = this.#begin(container, this.#base + next)
    }
    return next
  }

  /**
   * Ends the parts below the open multipart number `length - 1`; all parts when `length` is 0.
   *
   * @param at absolute offset of the delimiter line that ends them, or the size of the message
   * @param lineBreak bytes of the line break before it, which belongs to it
   */
  #close(length: number, at: number, lineBreak: number): void {
    const container = length > 0 ? this.#delimiters.levels[length - 1]!.part : null
    for (const { part, used, closed } of this.#delimiters.levels.slice(length)) {
      if (!closed) note(part, used ? 'missing_closing_boundary' : 'boundary_unused')
    }
    if (this.#state === 'header') {
      if (container) note(this.#current, 'missing_blank_line')
      this.#understand(this.#current, at)
    }
    this.#decoder?.end()
    this.#decoder = null
    let part: MimePart | null = this.#current
    for (; part && part !== container; part = part.parent) {
      // The break may be the empty line behind a header already, of a part without a body or of the last one in it.
      const inner = part.boundary === null ? undefined : part.children.at(-1)
      part.bodyEnd = Math.max(part.bodyStart, at - lineBreak, inner?.bodyEnd ?? 0)
      part.end = at
    }
    if (container) this.#current = container
    this.#delimiters.truncate(length)
  }
}

function pathOf(part: MimePart): string {
  const { parent } = part
  const multipart = part.boundary !== null
  if (!parent) return multipart ? '' : '1'
  if (parent.type === 'message/rfc822') return `${parent.path}.${multipart ? 'TEXT' : '1'}`
  const prefix = parent.path.replace(/\.?TEXT$/, '')
  const number = parent.children.length
  return prefix === '' ? `${number}` : `${prefix}.${number}`
}
