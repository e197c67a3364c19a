import { quotedPrintablePadding } from '../limits.ts'
import { encodeBase64, encodeQuotedPrintable } from '../mime/codecs.ts'
import type { Edit } from './edits.ts'

/** Transfer encodings whose bytes are the content itself. */
export function isIdentity(transferEncoding: string): boolean {
  return /^(7bit|8bit|binary)$/.test(transferEncoding)
}

/** Transfer encodings of RFC 2045. */
export function isKnown(transferEncoding: string): boolean {
  return isIdentity(transferEncoding) || /^(base64|quoted-printable)$/.test(transferEncoding)
}

/** The content of a body, or of its beginning, with byte n of it found again in the encoded form. */
export function decodeHead(raw: Buffer, transferEncoding: string): Buffer | null {
  if (isIdentity(transferEncoding)) return raw
  if (transferEncoding === 'base64') return decodeBase64Head(raw)
  const decoded = Buffer.allocUnsafe(raw.length)
  let length = 0
  walkQuotedPrintable(raw, (byte) => {
    decoded[length++] = byte
    return true
  })
  return decoded.subarray(0, length)
}

/**
 * The edit that puts `content`, which ends in a line end, before byte `at` of the decoded content, in lines of its own.
 *
 * @param raw the encoded body, or its beginning, which begins at offset `bodyStart` of the message
 */
export async function insertDecoded(
  raw: Buffer,
  bodyStart: number,
  transferEncoding: string,
  at: number,
  content: Buffer
): Promise<Edit> {
  if (transferEncoding === 'base64') return insertBase64(raw, bodyStart, at, content)
  const quoted = transferEncoding === 'quoted-printable'
  const place = quoted ? placeInQuotedPrintable(raw, at) : at
  const lineStart = place === 0 || raw[place - 1] === 0x0a
  const bytes = quoted ? await quote(content) : content
  const insert = lineStart ? bytes : Buffer.concat([Buffer.from('\r\n'), bytes])
  return { start: bodyStart + place, end: bodyStart + place, insert }
}

const softBreak = /=[\t ]*\r?(?:\n|$)/y

/** Walks over the bytes that a quoted-printable body stands for, until `visit` says no. */
function walkQuotedPrintable(raw: Buffer, visit: (byte: number, behind: number) => boolean): void {
  for (let at = 0; at < raw.length;) {
    let byte: number | null = raw[at]!
    let behind = at + 1
    if (byte === 0x3d) {
      const digits = raw.toString('latin1', at + 1, at + 3)
      if (/^[0-9a-f]{2}$/i.test(digits)) {
        byte = Number.parseInt(digits, 16)
        behind = at + 3
      } else if (/^[\t\r\n ]|^$/.test(digits)) {
        softBreak.lastIndex = 0
        const found = softBreak.exec(raw.toString('latin1', at, at + quotedPrintablePadding))
        if (found) {
          byte = null
          behind = at + found[0].length
        }
      }
    }
    if (byte !== null && !visit(byte, behind)) return
    at = behind
  }
}

function placeInQuotedPrintable(raw: Buffer, at: number): number {
  let place = 0
  let left = at
  if (at === 0) return 0
  walkQuotedPrintable(raw, (_, behind) => {
    place = behind
    return --left > 0
  })
  return place
}

const alphabet = new Uint8Array(256)
for (let byte = 0; byte < 128; byte++) {
  if (/[A-Za-z0-9+/=]/.test(String.fromCharCode(byte))) alphabet[byte] = 1
}

/** Only whole groups, so that what is cut off in the middle changes nothing; null when padding stands within. */
function decodeBase64Head(raw: Buffer): Buffer | null {
  const text = raw.toString('latin1').replace(/[^A-Za-z0-9+/=]/g, '')
  const padding = text.indexOf('=')
  if (padding >= 0 && /[^=]/.test(text.slice(padding))) return null
  return Buffer.from(text, 'base64')
}

/**
 * Base64 goes in groups of four characters for three bytes: the group that holds the place is written anew around
 * the content, and the content is filled up with line ends to whole groups, so that all behind it can stay.
 */
async function insertBase64(
  raw: Buffer,
  bodyStart: number,
  at: number,
  content: Buffer
): Promise<Edit> {
  const within = at % 3
  const groupStart = at < 3 ? 0 : skipCharacters(raw, 0, ((at - within) / 3) * 4)
  const groupEnd = within === 0 ? groupStart : skipCharacters(raw, groupStart, 4)
  const group = Buffer.from(raw.toString('latin1', groupStart, groupEnd), 'base64')
  // 2 more bytes twice are 1 over a multiple of three.
  const missing = (3 - (content.length % 3)) % 3
  const lineEnds = group.length % 3 === 0 ? '\r\n'.repeat((missing * 2) % 3) : ''
  const bytes = Buffer.concat([
    group.subarray(0, within),
    content,
    Buffer.from(lineEnds),
    group.subarray(within),
  ])
  const lines = await collect(encodeBase64(once(bytes)))
  const lineStart = groupStart === 0 || raw[groupStart - 1] === 0x0a
  return {
    start: bodyStart + groupStart,
    end: bodyStart + groupEnd,
    insert: lineStart ? lines : Buffer.concat([Buffer.from('\r\n'), lines]),
  }
}

/** The offset behind `count` characters of base64, and behind a line end that follows them. */
function skipCharacters(raw: Buffer, from: number, count: number): number {
  let at = from
  for (let seen = 0; seen < count && at < raw.length; at++) {
    if (alphabet[raw[at]!]) seen++
  }
  return raw[at] === 0x0d && raw[at + 1] === 0x0a ? at + 2 : at
}

/** Content in quoted-printable, in one piece. */
export function quote(content: Buffer): Promise<Buffer> {
  return collect(encodeQuotedPrintable(once(content)))
}

/** Content in base64, in one piece. */
export function encodeWhole(content: Buffer): Promise<Buffer> {
  return collect(encodeBase64(once(content)))
}

async function* once(bytes: Buffer): AsyncIterable<Buffer> {
  yield bytes
}

export async function collect(
  source: AsyncIterable<Uint8Array>,
  limit = Infinity
): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of source) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= limit) break
  }
  return Buffer.concat(chunks)
}
