import type { MimePart, MimeTree } from '../mime/tree.ts'
import type { ReadRange } from './facts.ts'
import type { Problem } from './plan.ts'

/** What no part can do without that is a file to anybody. */
const field = /(?:^|[\r\n])content-(?:type|transfer-encoding|disposition)[ \t]*:/i
/** Kept of one chunk for the next, so that nothing falls between the two: more than the longest match. */
const overlap = 64

/**
 * Multiparts that hold something like a part in their preamble or epilogue. Readers that keep to the RFCs show none of it, and
 * it would stay in the mail; others might.
 */
export async function partsOutside(tree: MimeTree, readRange: ReadRange): Promise<Problem[]> {
  const found: Problem[] = []
  for (const multipart of multiparts(tree.root)) {
    const first = multipart.children[0]?.start ?? multipart.bodyEnd
    const last = multipart.children.at(-1)?.end ?? multipart.bodyEnd
    const outside =
      (await holdsField(readRange(multipart.bodyStart, first))) ||
      (await holdsField(readRange(last, Math.max(last, multipart.bodyEnd))))
    if (outside) found.push({ path: multipart.path, reason: 'part_outside_boundaries' })
  }
  return found
}

function multiparts(part: MimePart): MimePart[] {
  return part.boundary === null ? [] : [part, ...part.children.flatMap(multiparts)]
}

async function holdsField(source: AsyncIterable<Uint8Array>): Promise<boolean> {
  let tail = ''
  for await (const chunk of source) {
    const text = tail + Buffer.from(chunk).toString('latin1')
    if (field.test(text)) return true
    tail = text.slice(-overlap)
  }
  return false
}
