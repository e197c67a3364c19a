import { once } from 'node:events'
import { Readable } from 'node:stream'
import { Splitter, type MimeNode } from '@zone-eu/mailsplit'
import { scanMime } from '../../../mail-gateway/mime/scanner.ts'
import { type MimePart, type MimeTree } from '../../../mail-gateway/mime/tree.ts'

export async function* stream(pieces: Iterable<Uint8Array>) {
  yield* pieces
}

export function scan(pieces: Buffer | Buffer[]): Promise<MimeTree> {
  return scanMime(stream(Array.isArray(pieces) ? pieces : [pieces]), {}, { checkBodies: true })
}

export async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of source) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** What scanner and oracle are compared by. */
export interface Outline {
  type: string
  boundary: string | null
  /** Of a leaf that is no multipart. */
  body: string | null
  children: Outline[]
}

/** The tree of mailsplit, which gets the message in one piece. */
export async function oracle(message: Buffer): Promise<Outline> {
  const splitter = Readable.from([message]).pipe(
    new Splitter({ defaultInlineEmbedded: true, maxHeadSize: 10e6 })
  )
  const outlines = new Map<MimeNode, Outline>()
  const bodies = new Map<MimeNode, Buffer[]>()
  let root: Outline | undefined
  splitter.on('data', (chunk) => {
    if (chunk.type === 'node') {
      const type = chunk.contentType || ''
      const outline: Outline = { type, boundary: null, body: '', children: [] }
      outlines.set(chunk, outline)
      if (chunk.parentNode) outlines.get(chunk.parentNode)?.children.push(outline)
      else root = outline
    }
    if (chunk.type === 'body') {
      const pieces = bodies.get(chunk.node) ?? []
      bodies.set(chunk.node, [...pieces, Buffer.from(chunk.value)])
    }
  })
  if (message.length === 0) splitter.resume()
  await once(splitter, 'end')
  for (const [node, outline] of outlines) {
    outline.boundary = node._boundary ? node._boundary.toString('latin1') : null
    const whole = node.multipart || outline.children.length > 0
    outline.body = whole ? null : Buffer.concat(bodies.get(node) ?? []).toString('latin1')
  }
  return root!
}

/**
 * Where scanner and mailsplit differ, one line each. Where mailsplit differs from the RFC the scanner follows the RFC, and
 * the difference is not counted:
 *
 * - A part whose header block ends at a delimiter line, without an empty line, is legal (RFC 2046, 5.1.1: the body is
 *   optional). mailsplit drops it, but for one with fields before a closing delimiter.
 * - An attached message with the disposition attachment stays closed in mailsplit, and so does one in a digest that is a
 *   message by default only (RFC 2046, 5.1.5).
 * - Without Content-Type mailsplit guesses from the file name and the disposition, and a type that is not type/subtype it
 *   takes as it stands (RFC 2045, 5.2: text/plain).
 * - The line break before a delimiter belongs to the delimiter. mailsplit gives it to a body that is nothing else.
 */
export function differences(part: MimePart, theirs: Outline, message: Buffer): string[] {
  const found: string[] = []
  const typed = part.headers.some(({ name }) => name === 'content-type')
  const closed = part.type === 'message/rfc822' && (part.disposition === 'attachment' || !typed)
  const children = closed ? [] : part.children.filter((child) => !isDropped(child, message))
  const path = part.path || 'top'
  if (typed && !part.irregular.includes('malformed_content_type') && part.type !== theirs.type) {
    found.push(`${path}: type ${part.type}, mailsplit ${theirs.type}`)
  }
  if (part.boundary !== theirs.boundary) {
    found.push(`${path}: boundary ${part.boundary}, mailsplit ${theirs.boundary}`)
  }
  if (children.length !== theirs.children.length) {
    return [...found, `${path}: ${children.length} children, mailsplit ${theirs.children.length}`]
  }
  const ours = message.toString('latin1', part.bodyStart, part.bodyEnd)
  const leaf = closed || part.children.length === 0
  const onlyBreak = ours === '' && /^\r?\n$/.test(theirs.body ?? '')
  if (leaf && theirs.body !== null && ours !== theirs.body && !onlyBreak) {
    found.push(`${path}: body ${JSON.stringify(ours)}, mailsplit ${JSON.stringify(theirs.body)}`)
  }
  const below = children.flatMap((child, n) => differences(child, theirs.children[n]!, message))
  return [...found, ...below]
}

function isDropped(part: MimePart, message: Buffer): boolean {
  if (!part.irregular.includes('missing_blank_line')) return false
  const delimiter = message.toString('latin1', part.end).split('\n', 1)[0]!
  return !(/--[ \t]*\r*$/.test(delimiter) && part.headers.length > 0)
}

/** One line per part: path, type and body, for expectations that a reader can check. */
export function lines(tree: MimeTree, message: Buffer): string[] {
  return tree.parts.map((part) => {
    const body =
      part.children.length > 0
        ? ''
        : JSON.stringify(message.toString('latin1', part.bodyStart, part.bodyEnd))
    return `${part.path || 'top'} ${part.type} ${body}`.trim()
  })
}
