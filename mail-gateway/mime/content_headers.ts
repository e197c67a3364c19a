import { isAscii } from 'node:buffer'
import { decodedHeaderText } from '../limits.ts'
import { decodeWords, fieldValue, parseParameters, type ParameterizedValue } from './header.ts'
import type { Irregularity } from './irregularities.ts'
import { note, type HeaderField, type MimePart } from './tree.ts'

const identity = new Set(['7bit', '8bit', 'binary'])
/** RFC 2047, 2. */
const encodedWord = /=\?[^?\s]+\?[bq]\?[^?]*\?=/i
const known = new Set([...identity, 'base64', 'quoted-printable'])

/** Whether bytes in this transfer encoding are the content itself. */
export function isIdentity(encoding: string): boolean {
  return identity.has(encoding)
}

/**
 * Fills what the Content fields of `part.headers` say. Where a field stands there twice the first one counts, as in
 * most readers, and the part is irregular.
 *
 * @param defaultType what a part without Content-Type is: text/plain, message/rfc822 in a digest (RFC 2046, 5.1.5)
 */
export function describe(part: MimePart, defaultType: string): void {
  const type = parameterized(part, 'content-type', 'repeated_content_type')
  const disposition = parameterized(part, 'content-disposition', 'repeated_disposition')
  part.type = defaultType
  if (type) {
    part.params = type.params
    // RFC 2045, 5.2: what cannot be understood is plain text.
    if (/^[^\s/;,]+\/[^\s/;,]+$/.test(type.value)) {
      part.type = type.value
      if (!/^[!-~]+$/.test(type.value)) note(part, 'malformed_content_type')
    } else {
      part.type = 'text/plain'
      note(part, 'malformed_content_type')
    }
  }
  if (disposition) {
    part.disposition = disposition.value || null
    part.dispositionParams = disposition.params
  }
  part.transferEncoding = transferEncoding(part)
  part.charset = part.params.charset?.trim().toLowerCase() || null
  part.contentId = first(part, 'content-id')?.replace(/^<|>$/g, '').trim() || null
  part.contentLocation = first(part, 'content-location')?.replace(/\s+/g, '') || null
  part.filename = name(disposition, 'filename') ?? name(type, 'name')
  describeKind(part)
}

function describeKind(part: MimePart) {
  if (part.type === 'message/partial') note(part, 'message_partial')
  if (part.type === 'message/external-body') note(part, 'external_body')
  const encoded = !isIdentity(part.transferEncoding)
  if (part.type === 'message/rfc822' && encoded) note(part, 'encoded_message')
  if (part.type.startsWith('multipart/')) {
    if (encoded) note(part, 'encoded_multipart')
    part.boundary = boundary(part)
    doubtBoundary(part)
  } else if (part.params.boundary !== undefined) {
    note(part, 'boundary_outside_multipart')
  }
}

/** RFC 2046, 5.1.1. Null when the multipart cannot be taken apart. */
function boundary(part: MimePart): string | null {
  const given = part.params.boundary
  if (given === undefined) {
    note(part, 'boundary_missing')
    return null
  }
  // White space at the end of a delimiter line is padding, so it cannot be part of the boundary.
  const value = given.trimEnd()
  if (value === '') {
    note(part, 'boundary_empty')
    return null
  }
  const allowed = /^[0-9A-Za-z'()+_,\-./:=? ]*$/.test(value)
  if (!allowed || value !== given) note(part, 'boundary_characters')
  if (value.length > 70) note(part, 'boundary_too_long')
  return isAscii(Buffer.from(value)) ? value : null
}

/** Ways of writing a boundary that are allowed, or read by some, and that others do not know. */
function doubtBoundary(part: MimePart): void {
  const value = first(part, 'content-type') ?? ''
  // One that never closes goes to the end: else each quote in it would be gone through again.
  const unquoted = value.replace(/"(?:[^"\\]|\\[^])*(?:"|\\?$)/g, '""')
  if (unquoted.includes('(')) note(part, 'comment_in_structure')
  const raw = /;\s*boundary\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)/i.exec(value)?.[1]?.trim()
  if (raw === undefined && part.params.boundary !== undefined) note(part, 'boundary_encoded')
  if (raw === undefined) return
  if (encodedWord.test(raw) || raw.includes('\\')) note(part, 'boundary_encoded')
  if (/^'|^[^"(]*[^"(\s]\s+[^(\s]/.test(raw)) note(part, 'boundary_characters')
}

function transferEncoding(part: MimePart): string {
  const values = all(part, 'content-transfer-encoding')
  if (values.length === 0) return '7bit'
  if (values.length > 1) note(part, 'repeated_transfer_encoding')
  const written = fieldValue(values[0]!)
  if (written.includes('(')) note(part, 'comment_in_structure')
  const value = written
    .replace(/\([^()]*\)/g, '')
    .trim()
    .toLowerCase()
  if (!known.has(value)) note(part, 'unknown_transfer_encoding')
  return value
}

function parameterized(
  part: MimePart,
  field: string,
  repeated: Irregularity
): ParameterizedValue | null {
  const fields = all(part, field)
  if (fields.length === 0) return null
  if (fields.length > 1) note(part, repeated)
  const value = fieldValue(fields[0]!)
  if (encodedWord.test(value.split(';', 1)[0]!)) note(part, 'encoded_word_in_structure')
  const parsed = parseParameters(value)
  for (const reason of parsed.irregular) note(part, reason)
  return parsed
}

function name(from: ParameterizedValue | null, parameter: string): string | null {
  const value = from?.params[parameter]?.slice(0, decodedHeaderText)
  if (!from || !value) return null
  return from.decoded.includes(parameter) ? value : decodeWords(value)
}

function all(part: MimePart, field: string): HeaderField[] {
  return part.headers.filter(({ name: fieldName }) => fieldName === field)
}

function first(part: MimePart, field: string): string | null {
  const found = part.headers.find(({ name: fieldName }) => fieldName === field)
  return found ? fieldValue(found) : null
}
