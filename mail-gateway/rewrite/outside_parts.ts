import type { MimePart, MimeTree } from '../mime/tree.ts'
import type { ReadRange } from './facts.ts'
import { fileInText, textOverlap } from './files_in_text.ts'
import type { Problem } from './plan.ts'

/** What no part can do without that is a file to anybody. */
const field = /(?:^|[\r\n])content-(?:type|transfer-encoding|disposition)[ \t]*:/i

/**
 * Multiparts that hold something like a part or a file in their preamble or epilogue. Readers that keep to the RFCs show none of it, and
 * it would stay in the mail; others might.
 */
export async function partsOutside(tree: MimeTree, readRange: ReadRange): Promise<Problem[]> {
  const found: Problem[] = []
  const shown = multiparts(tree.root)
  for (const part of tree.parts) {
    const outside =
      (shown.has(part) && (await isOutside(part, readRange))) || (await isInHeader(part, readRange))
    if (outside) found.push({ path: part.path, reason: 'part_outside_boundaries' })
  }
  return found
}

async function isOutside({ children, bodyStart, bodyEnd }: MimePart, readRange: ReadRange) {
  // Without a delimiter line all is outside; some take it for one file, and decode it.
  if (children.length === 0) return anywhere(readRange(bodyStart, bodyEnd), isText)
  const last = children.at(-1)!.end
  return (
    (await holdsPart(readRange(bodyStart, children[0]!.start))) ||
    (await holdsPart(readRange(last, Math.max(last, bodyEnd))))
  )
}

/** To some readers a header ends at the first line that is no field, and what is behind it is the body. */
async function isInHeader({ headers, bodyStart }: MimePart, readRange: ReadRange) {
  const line = headers.find(({ name }) => name === '')
  return line !== undefined && (await holdsFile(readRange(line.start, bodyStart)))
}

function multiparts(part: MimePart): Set<MimePart> {
  const within = part.children.flatMap((child) => [...multiparts(child)])
  return new Set(part.boundary === null ? [] : [part, ...within])
}

const isText = (text: string) => text.trim() !== ''
const holdsPart = (source: AsyncIterable<Uint8Array>) =>
  anywhere(source, (text) => field.test(text) || fileInText(text) !== null)
const holdsFile = (source: AsyncIterable<Uint8Array>) =>
  anywhere(source, (text) => fileInText(text) !== null)

async function anywhere(source: AsyncIterable<Uint8Array>, holds: (text: string) => boolean) {
  let tail = ''
  for await (const chunk of source) {
    const text = tail + Buffer.from(chunk).toString('latin1')
    if (holds(text)) return true
    tail = text.slice(-textOverlap)
  }
  return false
}
