/*
 * What content is by its first bytes. Type and name of a part are only claims of whoever wrote them: where a claim
 * would keep a part in the mail, its content has to bear it out.
 */

/** As many bytes of the decoded content as these questions need at the most. */
export const firstBytes = 1024

/** A ContentInfo (RFC 5652, 3) of PKCS #7 or S/MIME: signed, enveloped, compressed (RFC 3274), authEnveloped (RFC 5083). */
export function isCms(bytes: Buffer): boolean {
  if (bytes[0] !== 0x30) return false
  const oid = bytes.subarray(0, 24).indexOf(Buffer.from('2a864886f70d01', 'hex'))
  if (oid < 4 || oid > 8 || bytes[oid - 2] !== 0x06) return false
  const rest = bytes.toString('hex', oid + 7, oid + bytes[oid - 1]!)
  return /^(07..|09100109|09100117)$/.test(rest)
}

/** Packets that an OpenPGP message, signature or key begins with (RFC 9580, 5): the tag, and the versions of its body. */
const packets = new Map<number, number[] | null>([
  [1, [2, 3, 6]],
  [2, [3, 4, 5, 6]],
  [3, [4, 5, 6]],
  [4, [3, 6]],
  [6, [3, 4, 5, 6]],
  [8, [0, 1, 2, 3]],
  [9, null],
  [18, [1, 2]],
  [20, [1]],
])

/** OpenPGP, armored or not. */
export function isOpenPgp(bytes: Buffer): boolean {
  const first = bytes[0]
  if (first === undefined) return false
  if (first < 0x80) return /^(?:.*\r?\n){0,9}?-----BEGIN PGP /.test(asText(bytes))
  const fresh = (first & 0x40) !== 0
  const tag = fresh ? first & 0x3f : (first & 0x3c) >> 2
  const versions = packets.get(tag)
  if (versions === undefined) return false
  const body = 1 + (fresh ? lengthBytes(bytes[1] ?? 0) : [1, 2, 4, 0][first & 3]!)
  return versions === null || versions.includes(bytes[body] ?? -1)
}

/** RFC 9580, 4.2.1. */
function lengthBytes(first: number): number {
  if (first < 192 || (first >= 224 && first < 255)) return 1
  return first === 255 ? 5 : 2
}

/** Header fields, as reports for programs are (RFC 3464, 2; RFC 8098, 3.1). */
export function isFields(bytes: Buffer): boolean {
  return !bytes.includes(0) && /^\s*[!-9;-~]+[ \t]*:/.test(bytes.toString('latin1'))
}

/** Latin-1; JPEG, GIF, BMP, PNG, TIFF in both byte orders, WebP, AVIF and HEIC. */
const pictures =
  /^(\xff\xd8\xff|GIF8[79]a|BM|\x89PNG\r\n|II\*|MM[^]\*|RIFF[^]{4}WEBP|[^]{4}ftyp(avi[fs]|he[iv][cfmsx]|m[is]f1))/

/** What no text begins with, in hexadecimal, and its type: PDF to PNG. */
const files: [string, string][] = [
  ['255044462d', 'application/pdf'],
  ['252150532d', 'application/postscript'],
  ['7b5c727466', 'application/rtf'],
  ['504b0304', 'application/zip'],
  ['504b0506', 'application/zip'],
  ['526172211a07', 'application/vnd.rar'],
  ['377abcaf271c', 'application/x-7z-compressed'],
  ['1f8b08', 'application/gzip'],
  ['425a683931415926', 'application/x-bzip2'],
  ['fd377a585a', 'application/x-xz'],
  ['d0cf11e0', 'application/octet-stream'],
  ['7f454c46', 'application/octet-stream'],
  ['ffd8ff', 'image/jpeg'],
  ['474946383761', 'image/gif'],
  ['474946383961', 'image/gif'],
  ['89504e470d0a', 'image/png'],
]
/** In hexadecimal, since „MZ“ alone may begin a text. */
const windowsProgram = /^4d5a(?:..){0,3}?00/
/** Control characters that stand in no text, in whatever charset but the wide ones; shifts and the end mark of DOS may. */
const isControl = (byte: number) =>
  byte < 7 || (byte > 15 && byte < 26) || (byte > 27 && byte < 32) || byte === 127
const wide = /^(?:utf-?(?:16|32)|ucs|unicode|iso-10646)/

/**
 * The type of what calls itself a text and is a file: by its beginning, or by bytes that texts do not have. Null for a text.
 *
 * @param charset as the part says, in lower case
 */
export function fileType(bytes: Buffer, charset: string | null): string | null {
  const text = bytes.toString('latin1')
  const beginning = Buffer.from(text.trimStart().slice(0, 8), 'latin1').toString('hex')
  const known = files.find(([magic]) => beginning.startsWith(magic))
  if (known) return known[1]
  if (windowsProgram.test(beginning)) return 'application/octet-stream'
  if (wide.test(charset ?? '') || /^(?:\xff\xfe|\xfe\xff)/.test(text)) return null
  const odd = bytes.filter(isControl).length
  return odd >= 4 && odd * 50 > bytes.length ? 'application/octet-stream' : null
}

/** A picture in one of the formats that mail programs draw. */
export function isPicture(bytes: Buffer): boolean {
  return pictures.test(bytes.toString('latin1', 0, 32))
}

/** An iCalendar object (RFC 5545, 3.4). */
export function isCalendarObject(bytes: Buffer): boolean {
  return /^\s*BEGIN:VCALENDAR\s/i.test(asText(bytes))
}

/** Latin-1 keeps every byte; NULs are what UTF-16 puts between letters, and before them stand byte order marks. */
function asText(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '')
    .replaceAll('\0', '')
}
