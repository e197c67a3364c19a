import type { Irregularity } from './irregularities.ts'

/** One header field as it stands in the message. Offsets are absolute bytes. */
export interface HeaderField {
  /** Lower case; empty for a line that is no field. */
  name: string
  start: number
  /** Behind the line end of its last line. */
  end: number
  /** The field with its line ends: bytes `start` to `end`. */
  raw: Buffer
}

/**
 * One body part (RFC 2045, 2.4), or the message itself. Offsets are absolute bytes of the original, ends are
 * exclusive; always start <= bodyStart <= bodyEnd <= end.
 */
export interface MimePart {
  /**
   * As IMAP numbers parts (RFC 3501, 6.4.5): '1', '2', '2.1'. The top is '' when it is a multipart, else '1'. The
   * content of the attached message '2' is '2.1' when it is a single part; when it is a multipart, it is '2.TEXT' itself and
   * its parts are '2.1', '2.2'.
   */
  path: string
  parent: MimePart | null
  children: MimePart[]
  headers: HeaderField[]
  /** Lower case; text/plain, or message/rfc822 in a digest, where nothing else is said. */
  type: string
  /** Parameters of Content-Type, names in lower case, values decoded. */
  params: Record<string, string>
  /** Lower case, such as 'attachment'; null where there is none. */
  disposition: string | null
  dispositionParams: Record<string, string>
  /** Lower case; '7bit' where nothing is said. */
  transferEncoding: string
  /** Lower case. */
  charset: string | null
  /** Without angle brackets. */
  contentId: string | null
  contentLocation: string | null
  /** Decoded and as sent: unsafe. See `safeFilename`. */
  filename: string | null
  /** Of a multipart that was taken apart, else null. */
  boundary: string | null
  start: number
  bodyStart: number
  /** Without the line break that belongs to the delimiter behind it. A multipart's body is preamble to epilogue. */
  bodyEnd: number
  /** Where the next delimiter line begins, or the message ends. */
  end: number
  irregular: Irregularity[]
}

export interface MimeTree {
  root: MimePart
  /** All parts, containers too, in the order of the message. */
  parts: MimePart[]
  /** Bytes of the message. */
  size: number
  /** Every reason that any part has, once. */
  irregular: Irregularity[]
}

/** A reason is noted once per part. */
export function note(part: MimePart, reason: Irregularity): void {
  if (!part.irregular.includes(reason)) part.irregular.push(reason)
}

/** Whether the part holds other parts: a multipart that was taken apart, or an attached message that was. */
export function isContainer(part: MimePart): boolean {
  return part.boundary !== null || part.children.length > 0
}

export function newPart(parent: MimePart | null, start: number): MimePart {
  const part: MimePart = {
    path: '',
    parent,
    children: [],
    headers: [],
    type: 'text/plain',
    params: {},
    disposition: null,
    dispositionParams: {},
    transferEncoding: '7bit',
    charset: null,
    contentId: null,
    contentLocation: null,
    filename: null,
    boundary: null,
    start,
    bodyStart: start,
    bodyEnd: start,
    end: start,
    irregular: [],
  }
  parent?.children.push(part)
  return part
}
