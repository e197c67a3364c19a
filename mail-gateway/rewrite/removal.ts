import type { MimePart } from '../mime/tree.ts'
import type { Edit } from './edits.ts'

export interface Removal {
  edits: Edit[]
  /** Whether nothing is left of the part, so that it has to go as a whole. */
  empty: boolean
}

/**
 * Edits that take the parts for which `goes` holds out of a multipart, each with one delimiter line; a multipart that loses all
 * its parts goes with them. What is left, preamble and closing delimiter too, keeps its bytes.
 *
 * @param size of the mail in bytes; the end of `multipart` where it is the root
 */
export function removeParts(
  multipart: MimePart,
  goes: (part: MimePart) => boolean,
  size = multipart.end
): Removal {
  const edits: Edit[] = []
  const { children } = multipart
  const gone = children.map((child) => {
    if (child.boundary === null) return goes(child)
    const inner = removeParts(child, goes, size)
    if (!inner.empty) edits.push(...inner.edits)
    return inner.empty
  })
  if (children.length > 0 && gone.every(Boolean)) return { edits: [], empty: true }

  const kept = children.filter((_, index) => !gone[index])
  const [first] = kept
  if (!first) return { edits, empty: false }
  // In front of the first that stays, parts go with the delimiter behind them; the others with the one before them.
  if (first !== children[0]) {
    edits.push({ start: children[0]!.start, end: first.start, insert: Buffer.alloc(0) })
  }
  for (let index = children.indexOf(first) + 1; index < children.length; index++) {
    if (!gone[index]) continue
    const { bodyEnd, end } = children[index]!
    edits.push({
      start: children[index - 1]!.bodyEnd,
      end: bodyEnd,
      // Without a body, the empty line behind the header is also the line break before the delimiter, and goes with it.
      insert: Buffer.from(bodyEnd === end && end < size ? '\r\n' : ''),
    })
  }
  return { edits, empty: false }
}
