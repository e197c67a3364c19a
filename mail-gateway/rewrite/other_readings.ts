import { describe } from '../mime/content_headers.ts'
import { fieldValue } from '../mime/header.ts'
import { newPart, type HeaderField, type MimePart } from '../mime/tree.ts'
import type { Irregularity } from '../mime/irregularities.ts'
import { isBodyText } from './rules.ts'

/** Names by which some readers know an encoding although RFC 2045 does not. */
const known = /64|uu|quoted|yenc/i

/** A Content field to readers that overlook what is wrong with its name. */
const almost = /^\s*content[^:\n]{0,3}(?:type|disposition|transfer.?encoding)[^\w:-]*:/i
/** A file name that has at least one character. */
const fileName = /[;\s](?:file)?name(?:\*\d*\*?)?\s*=\s*["']?[^\s;"']/i

/**
 * What makes a text, which would stay, a file to readers that take the last of repeated fields instead of the first, an
 * encoding by something like its name, or a field in spite of what is wrong with it.
 */
export function otherReadings(part: MimePart): Irregularity[] {
  const found: Irregularity[] = []
  if (isFileToOthers(part, 'content-type')) found.push('repeated_content_type')
  if (isFileToOthers(part, 'content-disposition')) found.push('repeated_disposition')
  const encodings = part.headers.filter(({ name }) => name === 'content-transfer-encoding')
  const values = new Set(encodings.map((field) => fieldValue(field).toLowerCase()))
  if (values.size > 1) found.push('repeated_transfer_encoding')
  const unknown = part.irregular.includes('unknown_transfer_encoding')
  if (part.headers.some(({ name, raw }) => !content.has(name) && almost.test(text(raw)))) {
    found.push('malformed_header')
  }
  // Our reading found no name, else the part would be no text.
  if (part.headers.some((field) => named.has(field.name) && fileName.test(text(field.raw)))) {
    found.push('malformed_parameter')
  }
  if (unknown && known.test(part.transferEncoding)) found.push('unknown_transfer_encoding')
  return found
}

const named = new Set(['content-type', 'content-disposition'])
const content = new Set([...named, 'content-transfer-encoding'])
const text = (raw: Buffer) => raw.toString('latin1').replaceAll('\0', '')

function isFileToOthers(part: MimePart, name: string): boolean {
  const repeated = part.headers.filter((field) => field.name === name)
  return repeated.slice(1).some((field) => !isBodyText(readAs(part, field)))
}

/** The part to whom one field counts and the others of its name do not. */
function readAs(part: MimePart, counts: HeaderField): MimePart {
  const { parent } = part
  const other = { ...newPart(null, part.start), parent }
  other.headers = part.headers.filter((field) => field === counts || field.name !== counts.name)
  describe(other, part.type)
  return other
}
