import type { MimePart, MimeTree } from '../mime/tree.ts'
import type { ReadRange } from './facts.ts'
import { fileIn } from './files_in_text.ts'
import type { Problem } from './plan.ts'

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
  if (children.length === 0) return holdsText(readRange(bodyStart, bodyEnd))
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

async function holdsText(source: AsyncIterable<Uint8Array>) {
  for await (const chunk of source) if (Buffer.from(chunk).toString('latin1').trim()) return true
  return false
}

/** What no part can do without that is a file to anybody is a Content field. */
const holdsPart = async (source: AsyncIterable<Uint8Array>) =>
  (await fileIn(source, { fieldIsEnough: true })) !== null
const holdsFile = async (source: AsyncIterable<Uint8Array>) => (await fileIn(source)) !== null
