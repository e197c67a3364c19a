import type { MimePart } from '../mime/tree.ts'
import type { Edit } from './edits.ts'

/** Fields that a part is given; each takes the place of the one of its name. Names as they shall be written. */
export interface ContentFields {
  'Content-Type'?: string
  'Content-Transfer-Encoding'?: string
}

/** They describe the body as it was, and are wrong once it changes. */
const spoiled = new Set(['content-md5', 'content-length', 'content-digest', 'repr-digest', 'lines'])

/**
 * Edits that set content fields of a part whose body changes; all other fields keep their place and bytes.
 *
 * @param all whether the part becomes another one altogether, so that all other content fields go
 */
export function setContentFields(part: MimePart, fields: ContentFields, all = false): Edit[] {
  const wanted = new Map(
    Object.entries(fields).map(([name, value]) => [name.toLowerCase(), `${name}: ${value}\r\n`])
  )
  const edits: Edit[] = []
  for (const { name, start, end } of part.headers) {
    const replacement = wanted.get(name)
    if (replacement !== undefined) {
      edits.push({ start, end, insert: Buffer.from(replacement) })
      // A second field of the name goes: it would say the opposite.
      wanted.set(name, '')
    } else if (spoiled.has(name) || (all && name.startsWith('content-'))) {
      edits.push({ start, end, insert: Buffer.alloc(0) })
    }
  }
  const missing = [...wanted].filter(([name]) => !part.headers.some((field) => field.name === name))
  const lines = missing.map(([, line]) => line)
  if (part.parent === null && !part.headers.some(({ name }) => name === 'mime-version')) {
    lines.unshift('MIME-Version: 1.0\r\n')
  }
  const last = part.headers.at(-1)?.end ?? part.start
  if (lines.length > 0) edits.push({ start: last, end: last, insert: Buffer.from(lines.join('')) })
  return edits
}

/**
 * Content-Type with parameters (RFC 2045, 5.1), a line for each where one does not hold them. Values that ASCII does
 * not hold are left out.
 */
export function contentType(type: string, params: Record<string, string>): string {
  const parts = Object.entries(params)
    .filter(([name, value]) => /^[\w.-]+$/.test(name) && /^[ -~]{0,200}$/.test(value))
    .map(([name, value]) => {
      const token = /^[\w!#$%&'*+.^`{|}~-]+$/.test(value)
      return `${name}=${token ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`
    })
  const line = [type, ...parts].join('; ')
  return line.length <= 60 ? line : [type, ...parts].join(';\r\n\t')
}
