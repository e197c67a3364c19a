import { decodeBody } from '../mime/codecs.ts'
import type { MimePart } from '../mime/tree.ts'
import { decodeText, encodeText, isAsciiIn } from './charset.ts'
import type { Edit } from './edits.ts'
import {
  collect,
  decodeHead,
  encodeWhole,
  insertDecoded,
  isIdentity,
  isKnown,
  quote,
} from './encoded_body.ts'
import type { ReadRange } from './facts.ts'
import { contentType, setContentFields, type ContentFields } from './header_edits.ts'
import { bodyAnchor } from './html_anchor.ts'
import { noticeHtml, noticeText, type NoticeContent } from './notice.ts'
import { quotedEdits } from './quoted_edits.ts'

/** Bodies up to this size, encoded, are converted where the notice does not fit in as they are. */
export const largestConversion = 4 * 1024 * 1024

/** The `<body>` tag of an HTML body is looked for in this much of its beginning, encoded. */
const headSize = 4 * 1024 * 1024

/**
 * Edits that put the notice on top of a body: at its start, or inside `<body>`. Null when that cannot be done within bounds;
 * then the notice becomes a part of its own.
 */
export async function noticeEdits(
  part: MimePart,
  notice: NoticeContent,
  readRange: ReadRange
): Promise<Edit[] | null> {
  if (!isKnown(part.transferEncoding)) return null
  const read = (limit: number) =>
    collect(readRange(part.bodyStart, Math.min(part.bodyEnd, part.bodyStart + limit)))
  return part.type === 'text/html'
    ? htmlEdits(part, notice, await read(headSize), readRange)
    : textEdits(part, notice, read)
}

async function htmlEdits(
  part: MimePart,
  notice: NoticeContent,
  head: Buffer,
  readRange: ReadRange
): Promise<Edit[] | null> {
  const html = noticeHtml(notice).join('\r\n') + '\r\n'
  const ascii = encodeText(html, part.charset)
  if (!ascii) return convert(part, readRange, (body) => intoHtml(body, html))
  const decoded = decodeHead(head, part.transferEncoding)
  if (!decoded) return null
  const complete = head.length === part.bodyEnd - part.bodyStart
  const anchor = bodyAnchor(decoded.toString('latin1'), complete)
  if (anchor === null || (!complete && anchor > decoded.length - 3)) return null
  const edit = await insertDecoded(head, part.bodyStart, part.transferEncoding, anchor, ascii)
  return [edit, ...setContentFields(part, {})]
}

function intoHtml(body: string, html: string): string | null {
  const anchor = bodyAnchor(body, true)
  return anchor === null ? null : `${body.slice(0, anchor)}\r\n${html}${body.slice(anchor)}`
}

async function textEdits(
  part: MimePart,
  notice: NoticeContent,
  read: (limit: number) => Promise<Buffer>
): Promise<Edit[] | null> {
  const flowed = part.params.format?.toLowerCase() === 'flowed'
  const lines = flowed ? noticeText(notice).map(stuffed) : noticeText(notice)
  const text = lines.join('\r\n') + '\r\n'
  const own = encodeText(text, part.charset)
  const { bodyStart, transferEncoding } = part
  const sevenBit = transferEncoding === '7bit' && !(own && own.every((byte) => byte < 0x80))
  if (own && !sevenBit) {
    const start = await read(16)
    const decoded = decodeHead(start, transferEncoding)
    if (!decoded) return null
    const edit = await insertDecoded(start, bodyStart, transferEncoding, bomLength(decoded), own)
    return [edit, ...setContentFields(part, {})]
  }

  const size = part.bodyEnd - bodyStart
  if (size > largestConversion) return null
  const whole = await read(size)
  const decoded = await collect(decodeBody(chunks(whole), transferEncoding))
  const compatible = own !== null || isAsciiIn(decoded, part.charset)
  if (!compatible) {
    return convert(
      part,
      () => chunks(whole),
      (body) => text + body.replace(/^\ufeff/, '')
    )
  }
  const bytes = own ?? Buffer.from(text)
  const fields: ContentFields = own ? {} : { 'Content-Type': inUtf8(part) }
  if (!isIdentity(transferEncoding)) {
    const edit = await insertDecoded(whole, bodyStart, transferEncoding, 0, bytes)
    return [edit, ...setContentFields(part, fields)]
  }
  // What was 7 bit stays 7 bit on the wire: not every next hop takes 8BITMIME.
  const top = { start: bodyStart, end: bodyStart, insert: await quote(bytes) }
  const rest = quotedEdits(whole, bodyStart)
  fields['Content-Transfer-Encoding'] = 'quoted-printable'
  return [top, ...rest, ...setContentFields(part, fields)]
}

/** The whole body anew, in UTF-8. */
async function convert(
  part: MimePart,
  readRange: ReadRange,
  change: (body: string) => string | null
): Promise<Edit[] | null> {
  if (part.bodyEnd - part.bodyStart > largestConversion) return null
  const raw = readRange(part.bodyStart, part.bodyEnd)
  const bytes = await collect(decodeBody(raw, part.transferEncoding))
  const text = decodeText(bytes, part.charset)
  const changed = text === null ? null : change(text)
  if (changed === null) return null
  const content = Buffer.from(changed)
  const base64 = part.transferEncoding === 'base64' || isMostlyForeign(content)
  return [
    {
      start: part.bodyStart,
      end: part.bodyEnd,
      insert: base64 ? await encodeWhole(content) : await quote(content),
    },
    ...setContentFields(part, {
      'Content-Type': inUtf8(part),
      'Content-Transfer-Encoding': base64 ? 'base64' : 'quoted-printable',
    }),
  ]
}

function inUtf8(part: MimePart): string {
  return contentType(part.type, { ...part.params, charset: 'utf-8' })
}

/** Where quoted-printable, at three characters for a byte, would be longer than base64. */
function isMostlyForeign(content: Buffer): boolean {
  let foreign = 0
  for (const byte of content) if (byte >= 0x80) foreign++
  return foreign * 6 > content.length
}

/** RFC 3676, 4.4. Our lines end without a space, so they are fixed lines, with DelSp and without. */
function stuffed(line: string): string {
  return /^( |>|From )/.test(line) ? ` ${line}` : line
}

function bomLength(bytes: Buffer): number {
  return bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? 3 : 0
}

async function* chunks(bytes: Buffer): AsyncIterable<Buffer> {
  yield bytes
}
