import { cheaperThanStep, type Edit } from './edits.ts'

/** A line with its soft line break has at most 76 characters (RFC 2045, 6.7 rule 5). */
const longestLine = 75

/**
 * Edits that make quoted-printable of plain bytes where they stand: most text needs few, so the recipe stays small.
 *
 * @param bytes the body, which begins at offset `start` of the message
 */
export function quotedEdits(bytes: Buffer, start: number): Edit[] {
  const edits: { start: number; end: number; text: string }[] = []
  let column = 0
  const edit = (from: number, to: number, text: string) => {
    const last = edits.at(-1)
    if (last && from - last.end < cheaperThanStep) {
      last.text += bytes.toString('latin1', last.end, from) + text
      last.end = to
    } else edits.push({ start: from, end: to, text })
  }
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    const lineEnd = lineEndAt(bytes, at)
    if (lineEnd > 0) {
      at += lineEnd - 1
      column = 0
      continue
    }
    const last = at + 1 === bytes.length || lineEndAt(bytes, at + 1) > 0
    const plain =
      (byte > 32 && byte < 127 && byte !== 0x3d) || ((byte === 32 || byte === 9) && !last)
    const token = plain ? 1 : 3
    const soft = column + token > longestLine ? '=\r\n' : ''
    column = soft ? token : column + token
    if (!plain) edit(at, at + 1, `${soft}=${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    else if (soft) edit(at, at, soft)
  }
  return edits.map((one) => ({
    start: start + one.start,
    end: start + one.end,
    insert: Buffer.from(one.text, 'latin1'),
  }))
}

/** Length of the line end at a place: CRLF, or LF alone; 0 where there is none. */
function lineEndAt(bytes: Buffer, at: number): number {
  if (bytes[at] === 0x0a) return 1
  return bytes[at] === 0x0d && bytes[at + 1] === 0x0a ? 2 : 0
}
