import type { Irregularity } from './irregularities.ts'

const OUTSIDE = 0x80
const BREAK = 0x81
const PADDING = 0x82

const values = new Uint8Array(256).fill(OUTSIDE)
for (const [value, char] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries()) {
  values[char.charCodeAt(0)] = value
}
for (const char of '\r\n\t ') values[char.charCodeAt(0)] = BREAK
values['='.charCodeAt(0)] = PADDING

/** Bytes that so many characters of base64 may give, with those before them that were no whole group. */
const roomFor = (length: number) => Math.ceil(((length + 4) * 3) / 4)

/** Characters that are checked at a time. */
const CHECKED = 64 * 1024
const thrownAway = Buffer.allocUnsafeSlow(roomFor(CHECKED))

/**
 * Decodes base64 (RFC 2045, 6.8) in chunks, cut anywhere. Takes what it gets: other characters are skipped, a padded
 * group ends and the next one begins, a group that is cut off gives the bytes it has; each is told to `irregular`.
 */
export class Base64Decoder {
  readonly #irregular: (reason: Irregularity) => void
  /** Holds one piece after the other, where they are lent. */
  #room: Buffer | null
  #bits = 0
  #count = 0
  /** Padding characters that the group at hand still expects. */
  #padding = 0
  #ended = false

  /** @param options.lends what `write` gives lies in the same memory each time */
  constructor(
    irregular: (reason: Irregularity) => void = () => {},
    options: { lends?: boolean } = {}
  ) {
    this.#irregular = irregular
    this.#room = options.lends ? Buffer.alloc(0) : null
  }

  /** @param out holds what comes out of it, where there is room: see `roomFor` */
  write(bytes: Uint8Array, out = this.#roomFor(bytes.length)): Buffer {
    const { length } = bytes
    let written = 0
    let at = 0
    while (at < length) {
      if (this.#count === 0 && !this.#ended) {
        while (at + 4 <= length) {
          const a = values[bytes[at]!]!
          const b = values[bytes[at + 1]!]!
          const c = values[bytes[at + 2]!]!
          const d = values[bytes[at + 3]!]!
          if ((a | b | c | d) & OUTSIDE) break
          out[written] = (a << 2) | (b >> 4)
          out[written + 1] = (b << 4) | (c >> 2)
          out[written + 2] = (c << 6) | d
          written += 3
          at += 4
        }
        if (at >= length) break
      }
      const value = values[bytes[at++]!]!
      if (value < 64) written += this.#take(value, out, written)
      else if (value === PADDING) written += this.#pad(out, written)
      else if (value === OUTSIDE) this.#irregular('base64_characters')
    }
    return out.subarray(0, written)
  }

  /** Decodes for what `irregular` is told, and keeps nothing: a mail is as large as it is. */
  check(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += CHECKED) {
      this.write(bytes.subarray(at, at + CHECKED), thrownAway)
    }
  }

  /** What is left at the end. */
  end(): Buffer {
    if (this.#padding > 0 || this.#count > 0) this.#irregular('base64_incomplete')
    const out = Buffer.allocUnsafe(2)
    return out.subarray(0, this.#finish(out, 0))
  }

  #roomFor(length: number): Buffer {
    const size = roomFor(length)
    if (!this.#room) return Buffer.allocUnsafe(size)
    if (this.#room.length < size) this.#room = Buffer.allocUnsafeSlow(size)
    return this.#room
  }

  #take(value: number, out: Buffer, at: number): number {
    if (this.#ended) {
      this.#irregular('base64_after_padding')
      if (this.#padding > 0) this.#irregular('base64_incomplete')
      this.#ended = false
      this.#padding = 0
    }
    this.#bits = (this.#bits << 6) | value
    if (++this.#count < 4) return 0
    out[at] = this.#bits >> 16
    out[at + 1] = this.#bits >> 8
    out[at + 2] = this.#bits
    this.#bits = 0
    this.#count = 0
    return 3
  }

  #pad(out: Buffer, at: number): number {
    if (this.#padding > 0) {
      this.#padding--
      return 0
    }
    if (this.#count < 2) {
      this.#irregular('base64_characters')
      return 0
    }
    this.#padding = 3 - this.#count
    this.#ended = true
    return this.#finish(out, at)
  }

  #finish(out: Buffer, at: number): number {
    const bytes = Math.max(0, this.#count - 1)
    const bits = this.#bits << (6 * (4 - this.#count))
    if (bytes > 0) out[at] = bits >> 16
    if (bytes > 1) out[at + 1] = bits >> 8
    this.#bits = 0
    this.#count = 0
    return bytes
  }
}

/** Bytes that make one line of 76 characters (RFC 2045, 6.8). */
const bytesPerLine = 57
const linesPerBlock = 512

/** Encodes base64 in lines of 76 characters; each line, the last too, ends in CRLF. */
export async function* encodeBase64(source: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const bytes = rest.length > 0 ? Buffer.concat([rest, fresh]) : fresh
    const whole = bytes.length - (bytes.length % bytesPerLine)
    for (let at = 0; at < whole; at += bytesPerLine * linesPerBlock) {
      yield lines(bytes.subarray(at, Math.min(whole, at + bytesPerLine * linesPerBlock)))
    }
    rest = Buffer.from(bytes.subarray(whole))
  }
  if (rest.length > 0) yield lines(rest)
}

function lines(bytes: Buffer): Buffer {
  const encoded = bytes.toString('base64')
  return Buffer.from(encoded.replace(/.{1,76}/g, '$&\r\n'), 'latin1')
}
