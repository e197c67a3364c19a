/*
 * Files that stand in the middle of a text. To the RFCs they are text; programs that know the older ways of sending files
 * (uuencode, yEnc, BinHex), or that look for parts more eagerly, offer them as files all the same.
 */

/** Stable slugs: they are stored with the plan and shown to the administrator. */
export type FileInText = 'uuencoded_file' | 'yenc_file' | 'binhex_file' | 'part_in_text'

/** How much text of the chunk before is to be looked at again, so that nothing falls between two chunks. */
export const textOverlap = 4096

/** One of these words is in all that is looked for. */
const signs = /begin|BinHex|content-(?:type|transfer-encoding|disposition)/i
/** POSIX, uuencode: the line that begins a file, and the next one. */
const uuBegin = /^[ \t]*begin(-base64)?[ \t]+[0-7]{3,5}[ \t]+\S[^\n]*\n+([^\n]+)/gim
const yenc = /^=ybegin [^\n]*\bname=/m
const binhex = /\(This file must be converted with BinHex[^\n]*\s+:/
/** Something like a delimiter line, and in the fields behind it one that only parts have. */
const delimitedPart =
  /^[^\n]{0,40}--[^\n]*\n(?:(?!content-)[^\n]+\n){0,8}?[ \t]*content-(?:type|transfer-encoding|disposition)[ \t]*:/im
/** A field that names a file. */
const namedPart =
  /^[ \t]*content-(?:disposition[ \t]*:[^\n]*(?:\n[ \t]+[^\n]*)?\b(?:attachment|filename)|type[ \t]*:[^\n]*(?:\n[ \t]+[^\n]*)?\bname\*?\d*\*?=)/im
/** A field that says how a part is encoded, up to the empty line behind it; and content. */
const encodedPart =
  /^[ \t]*content-transfer-encoding[ \t]*:([^\n]*(?:\n[ \t]+[^\n]+)?)(?:(?!\n[ \t]*\n)[^]){0,2000}(?:\n[ \t]*){2,}([^]{0,1000})/gim

/** What a piece of decoded text holds of files, in Latin-1; null when it is only text. */
export function fileInText(text: string): FileInText | null {
  if (!signs.test(text)) return null
  const lines = text.replace(/\r\n?/g, '\n')
  for (const [, base64, line] of lines.matchAll(uuBegin)) {
    if (base64 ? isBase64(line!) : isUuLine(line!)) return 'uuencoded_file'
  }
  if (yenc.test(lines)) return 'yenc_file'
  if (binhex.test(lines)) return 'binhex_file'
  if (delimitedPart.test(lines) || namedPart.test(lines)) return 'part_in_text'
  for (const [, encoding, content] of lines.matchAll(encodedPart)) {
    const quoted = /quoted/i.test(encoding!) && /=(?:[0-9a-f]{2}|\n)/i.test(content!)
    const [first = '', ...next] = content!.trim().split('\n', 3)
    const base64 = /64/.test(encoding!) && (isBase64(first) || isBase64([first, ...next].join('')))
    if (quoted || base64) return 'part_in_text'
  }
  return null
}

/** A line of uuencode: its first character says how many bytes it holds. Spaces at its end may have been lost. */
function isUuLine(line: string): boolean {
  const bytes = (line.charCodeAt(0) - 32) & 63
  const most = 4 * Math.ceil(bytes / 3) + 3
  return /^[ -`]+$/.test(line) && bytes > 0 && line.length <= most && line.length > bytes / 2
}

function isBase64(line: string): boolean {
  return /^[A-Za-z0-9+/\-_]{8,}={0,2}[ \t]*$/.test(line)
}
