import { fieldValue } from '../mime/header.ts'
import type { MimeTree } from '../mime/tree.ts'
import { irregularitiesOf, leaves, type Problem } from '../rewrite/plan.ts'
import { isBodyText } from '../rewrite/rules.ts'
import type { Leaf } from './reading.ts'
import type { SecondOpinions } from './second_opinions.ts'

/** A mail in which our scanner gave up: what lies behind its limit, others may read. */
const opaque = new Set(['too_deep', 'too_many_parts', 'headers_over_limit'])

/** What only some readers show as text; the others offer it as a file. */
const shown = new Set(['text/plain', 'text/html'])

/** The leaves of our reading, as others are asked about them. */
export function leavesOf(tree: MimeTree): Leaf[] {
  return leaves(tree.root).map((part) => ({
    path: part.path,
    encoding: part.transferEncoding,
    bodyStart: part.bodyStart,
    bodyEnd: part.bodyEnd,
    body: shown.has(part.type) && isBodyText(part),
  }))
}

/**
 * What makes an irregular mail ambiguous: first where other readers disagree with us, then the irregularities. Empty when
 * all three agree, or nothing is irregular.
 *
 * @param tree of the mail as it was taken in
 * @param wire of the mail as it goes over the wire, where each bare CR and LF is a line end
 * @param open the mail as it goes over the wire
 */
export async function ambiguities(
  opinions: SecondOpinions,
  tree: MimeTree,
  wire: MimeTree,
  open: () => AsyncIterable<Uint8Array>
): Promise<Problem[]> {
  const irregular = irregularitiesOf(tree)
  if (irregular.length === 0) return []
  if (irregular.some(({ reason }) => opaque.has(reason))) return irregular
  if (outline(tree) !== outline(wire)) {
    return [{ path: '', reason: 'line_ends_change_parts' }, ...irregular]
  }
  const found = await opinions.ask({ open, size: wire.size, leaves: leavesOf(wire) })
  return found.length > 0 ? [...found, ...irregular] : []
}

/** Values too: a bare CR within one would end it on the wire, and what is behind it could be fields of a part's own. */
function outline(tree: MimeTree): string {
  return tree.parts
    .map(({ path, type, headers }) =>
      JSON.stringify([path, type, ...headers.map((field) => [field.name, bare(fieldValue(field))])])
    )
    .join('\n')
}

/** White space may come and go with line ends. */
const bare = (value: string) => value.replace(/\s+/g, '')
