import { describe } from '../mime/content_headers.ts'
import { fieldValue } from '../mime/header.ts'
import { newPart, type HeaderField, type MimePart } from '../mime/tree.ts'
import type { Irregularity } from '../mime/irregularities.ts'
import { isBodyText } from './rules.ts'

/** Names by which some readers know an encoding although RFC 2045 does not. */
const known = /64|uu|quoted|yenc/i

/** A Content field to readers that overlook what is wrong with its name, and what is in front of it: no letters, or a comment. */
const almost =
  /^(?:[^a-z:\n(]|\([^):\n]{0,99}\)){0,99}\(?content[^:\n]{0,3}(?:type|disposition|transfer.?encoding)[^\w:-]*:/i
/** A file name that has at least one character. */
const fileName = /[;\s"'](?:file)?name(?:\*\d*\*?)?["']?\s*=\s*["']*[^\s;"']/i
/** More fields of one kind than this are read by nobody. */
const MOST_REPEATED = 20

/**
 * What makes a part that would stay another one to readers that take the last of repeated fields instead of the first, an encoding
 * by something like its name, or a field in spite of what is wrong with it: of a text a file, of a file one of another type, of a
 * multipart a file.
 */
export function otherReadings(part: MimePart): Irregularity[] {
  const found: Irregularity[] = []
  const isText = isBodyText(part)
  if (isOtherwise(part, 'content-type')) found.push('repeated_content_type')
  if (isText && isOtherwise(part, 'content-disposition')) found.push('repeated_disposition')
  if (part.headers.some(({ name, raw }) => !content.has(name) && almost.test(text(raw)))) {
    found.push('malformed_header')
  }
  // Our reading found no name, else the part would be no text.
  if (isText && part.headers.some(({ name, raw }) => named.has(name) && fileName.test(text(raw)))) {
    found.push('malformed_parameter')
  }
  return part.boundary === null ? [...found, ...otherEncodings(part)] : found
}

function otherEncodings({ headers, irregular, transferEncoding }: MimePart): Irregularity[] {
  const fields = headers.filter(({ name }) => name === 'content-transfer-encoding')
  const values = new Set(fields.map((field) => fieldValue(field).toLowerCase()))
  const found: Irregularity[] = values.size > 1 ? ['repeated_transfer_encoding'] : []
  const unknown = irregular.includes('unknown_transfer_encoding')
  if (unknown && known.test(transferEncoding)) found.push('unknown_transfer_encoding')
  return found
}

const named = new Set(['content-type', 'content-disposition'])
const content = new Set([...named, 'content-transfer-encoding'])
const text = (raw: Buffer) => raw.toString('latin1').replaceAll('\0', '')

function isOtherwise(part: MimePart, name: string): boolean {
  const repeated = part.headers.filter((field) => field.name === name)
  if (repeated.length > MOST_REPEATED) return true
  return repeated.slice(1).some((field) => {
    const other = readAs(part, field)
    // What stands behind another boundary is looked for in the parts.
    if (part.boundary !== null && other.type.startsWith('multipart/')) return false
    const isFile = !isBodyText(other)
    return part.boundary !== null || isBodyText(part) ? isFile : other.type !== part.type
  })
}

/** The part to whom one field counts and the others of its name do not. */
function readAs(part: MimePart, counts: HeaderField): MimePart {
  const { parent } = part
  const other = { ...newPart(null, part.start), parent }
  other.headers = part.headers.filter((field) => field === counts || field.name !== counts.name)
  describe(other, part.type)
  return other
}
