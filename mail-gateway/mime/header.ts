import { isAscii, isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'
import libmime from 'libmime'
import { decodedHeaderText } from '../limits.ts'
import type { Irregularity } from './irregularities.ts'
import type { HeaderField } from './tree.ts'

const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a

export interface HeaderBlock {
  fields: HeaderField[]
  irregular: Set<Irregularity>
  /** Whether there were more fields than `maxFields`; the further ones are left out. */
  cut: boolean
}

/**
 * Splits a header block (RFC 5322, 2.2, with the obsolete folding of 4.2) into fields.
 *
 * @param block the block with or without the empty line at its end
 * @param start absolute offset of the block in the message
 */
export function splitFields(block: Buffer, start: number, maxFields: number): HeaderBlock {
  const fields: HeaderField[] = []
  const irregular = new Set<Irregularity>()
  if (block.includes(0)) irregular.add('nul_in_header')
  lineEnds(block, irregular)
  let at = 0
  let fieldStart = 0
  let cut = false
  const take = (end: number) => {
    if (fields.length >= maxFields) {
      cut = true
      return
    }
    const raw = block.subarray(fieldStart, end)
    fields.push({ name: nameOf(raw, irregular), start: start + fieldStart, end: start + end, raw })
  }
  while (at < block.length && !cut) {
    const found = block.indexOf(LF, at)
    const next = found < 0 ? block.length : found + 1
    const following = block[next]
    if (isEmptyLine(block, at, next)) {
      at = next
      fieldStart = next
      continue
    }
    const folded = following === 0x20 || following === 0x09
    if (!folded) {
      take(next)
      fieldStart = next
    }
    at = next
  }
  return { fields, irregular, cut }
}

function isEmptyLine(block: Buffer, at: number, next: number): boolean {
  return block[at] === LF || (block[at] === CR && next === at + 2)
}

function lineEnds(block: Buffer, irregular: Set<Irregularity>) {
  const text = block.toString('latin1')
  if (/\r(?!\n)/.test(text)) irregular.add('bare_cr')
  if (/(?<!\r)\n/.test(text)) irregular.add('bare_lf')
}

function nameOf(raw: Buffer, irregular: Set<Irregularity>): string {
  const colon = raw.indexOf(COLON)
  const name = colon < 0 ? '' : raw.toString('latin1', 0, colon)
  const trimmed = name.trimEnd()
  if (!/^[!-9;-~]+$/.test(trimmed)) {
    irregular.add('malformed_header')
    return ''
  }
  const lower = trimmed.toLowerCase()
  if (trimmed !== name && lower.startsWith('content-')) irregular.add('space_before_colon')
  return lower
}

/** The text of header bytes: UTF-8 (RFC 6532) where they are, else what most old programs meant, windows-1252. */
export function headerText(raw: Buffer): string {
  if (isAscii(raw)) return raw.toString('latin1')
  return isUtf8(raw) ? raw.toString('utf8') : iconv.decode(raw, 'windows-1252')
}

/** The value of a field, unfolded and trimmed, not decoded further. */
export function fieldValue(field: HeaderField): string {
  const text = headerText(field.raw)
  // Without looking behind, a run of CRs would be gone through again from each of them.
  return text
    .slice(text.indexOf(':') + 1)
    .replace(/(?<!\r)\r*\n(?=[ \t])/g, '')
    .trim()
}

/** The value of a field for people: RFC 2047 words decoded. An unknown charset is read as UTF-8. */
export function decodedValue(field: HeaderField): string {
  return decodeWords(fieldValue(field))
}

/** Decodes RFC 2047 words, also where they may not stand, as within quoted file names. */
export function decodeWords(value: string): string {
  const text = value.slice(0, decodedHeaderText)
  if (!text.includes('=?')) return text
  try {
    return libmime.decodeWords(text)
  } catch {
    return text
  }
}

export interface ParameterizedValue {
  /** What stands before the first parameter, lower case, without comments. */
  value: string
  /** Names in lower case; RFC 2231 pieces joined and decoded. A name given twice keeps its first value. */
  params: Record<string, string>
  /** Names whose values RFC 2231 decoded already; RFC 2047 must not be applied to them. */
  decoded: string[]
  irregular: Irregularity[]
}

/** Reads `value; name=value; …` (RFC 2045, 5.1, with RFC 2231). Never throws. */
export function parseParameters(value: string): ParameterizedValue {
  const parsed = libmime.parseHeaderValue(value, { stripComments: true })
  return {
    value: parsed.value.toLowerCase().trim(),
    params: parsed.params,
    decoded: parsed.decodedParams,
    irregular: irregularParameters(value),
  }
}

const parameter = /;\s*([^\s=;"()]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"([^;]*)|("[^]*)|([^;"]*))/g

/** Doubled names and broken quoting, which readers resolve differently. */
function irregularParameters(value: string): Irregularity[] {
  const found = new Set<Irregularity>()
  const names = new Set<string>()
  for (const [, name, , behind, unclosed] of value.matchAll(parameter)) {
    const lower = name!.toLowerCase()
    if (names.has(lower)) found.add('repeated_parameter')
    names.add(lower)
    if (unclosed !== undefined) found.add('malformed_parameter')
    if (behind !== undefined && behind.replace(/\([^()]*\)/g, '').trim()) {
      found.add('malformed_parameter')
    }
  }
  return [...found]
}
