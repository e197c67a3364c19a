import { createHash } from 'node:crypto'
import type { RecipeStep } from '#archive'
import type { MimePart, MimeTree } from '../mime/tree.ts'
import { noticeEdits } from './body_notice.ts'
import { isPlainAscii } from './charset.ts'
import { recipeOf, type Edit } from './edits.ts'
import { quote } from './encoded_body.ts'
import type { ReadRange } from './facts.ts'
import { contentType, setContentFields } from './header_edits.ts'
import { noticeText, type NoticeContent } from './notice.ts'
import type { Plan } from './plan.ts'
import { removeParts } from './removal.ts'
import { dropSignatures, traceHeaders, type Trace } from './trace.ts'

export interface Rewrite {
  tree: MimeTree
  /** Bytes of the original, `end` exclusive. */
  readRange: ReadRange
  plan: Plan
  /** The firm's own mail domains: their signatures go. */
  localDomains: readonly string[]
  trace: Trace
}

/**
 * The recipe of the form that one recipient gets: replaced parts gone, the notice on top of the bodies, trace fields
 * added. The same input gives the same bytes.
 *
 * @throws Error when the plan does not say `rewrite`: nothing else may leave without its attachments
 */
export async function rewrite(
  { tree, readRange, plan, localDomains, trace }: Rewrite,
  notice: NoticeContent
): Promise<RecipeStep[]> {
  if (plan.verdict !== 'rewrite')
    throw new Error(`A plan that says ${plan.verdict} is not rewritten`)
  const { root } = tree
  const replaced = new Set(
    plan.parts.filter(({ action }) => action === 'replace').map(({ path }) => path)
  )
  return recipeOf(tree.size, [
    ...traceHeaders(root, trace),
    ...dropSignatures(root, localDomains),
    ...(await contentEdits(tree, readRange, plan, replaced, notice)),
  ])
}

/** The recipe of the form of those who get the mail as it is, but for trace fields. */
export function relayUnchanged(tree: MimeTree, trace: Trace): RecipeStep[] {
  return recipeOf(tree.size, traceHeaders(tree.root, trace))
}

async function contentEdits(
  tree: MimeTree,
  readRange: ReadRange,
  plan: Plan,
  replaced: Set<string>,
  notice: NoticeContent
): Promise<Edit[]> {
  const { root } = tree
  if (root.boundary === null) return becomeNotice(root, notice)
  const removal = removeParts(root, (part) => replaced.has(part.path))
  if (removal.empty) return onlyNotice(root, notice)
  const bodies = await noticesInBodies(tree, readRange, plan, notice)
  if (bodies) return [...removal.edits, ...bodies]
  return [...removal.edits, ...(await noticeInFront(root, notice))]
}

/** Null when there is no body, or one of them cannot hold the notice: then it stands once, in front of all. */
async function noticesInBodies(
  tree: MimeTree,
  readRange: ReadRange,
  plan: Plan,
  notice: NoticeContent
): Promise<Edit[] | null> {
  const paths = [plan.notice.text, plan.notice.html].filter((path) => path !== null)
  if (paths.length === 0) return null
  const edits: Edit[][] = []
  for (const path of paths) {
    const part = tree.parts.find((candidate) => candidate.path === path)
    const found = part ? await noticeEdits(part, notice, readRange) : null
    if (!found) return null
    edits.push(found)
  }
  return edits.flat()
}

/** A mail that is itself an attachment, as scanners send it, becomes a text. */
async function becomeNotice(root: MimePart, notice: NoticeContent): Promise<Edit[]> {
  const { fields, body } = await noticePart(notice)
  // A mail may end with its header, without the empty line behind it.
  const missing = Buffer.from(root.headers.at(-1)?.end === root.bodyStart ? '\r\n' : '')
  return [
    ...setContentFields(root, fields, true),
    { start: root.bodyStart, end: root.bodyEnd, insert: Buffer.concat([missing, body]) },
  ]
}

/** Of a multipart nothing is left: it keeps its boundary and holds the notice. */
async function onlyNotice(root: MimePart, notice: NoticeContent): Promise<Edit[]> {
  const first = root.children[0]!
  const last = root.children.at(-1)!
  const mixed = root.type === 'multipart/mixed' ? [] : asMixed(root, root.boundary!)
  return [
    ...mixed,
    { start: first.start, end: last.bodyEnd, insert: partBytes(await noticePart(notice)) },
  ]
}

async function noticeInFront(root: MimePart, notice: NoticeContent): Promise<Edit[]> {
  const part = partBytes(await noticePart(notice))
  if (root.type === 'multipart/mixed') {
    const first = root.children[0]!.start
    const delimiter = Buffer.from(`--${root.boundary}\r\n`, 'latin1')
    return [{ start: first, end: first, insert: Buffer.concat([part, delimiter]) }]
  }
  return wrap(root, part, notice)
}

/** A root that is an alternative or otherwise more than a list moves into a new multipart/mixed, behind the notice. */
function wrap(root: MimePart, part: Buffer, notice: NoticeContent): Edit[] {
  // Nobody who writes into the mail knows the link, so nobody can have written this line.
  const seed = createHash('sha256').update(`${notice.link} ${root.end}`).digest('hex')
  const boundary = `=_${seed.slice(0, 40)}`
  const inner = root.headers.filter(({ name }) => name.startsWith('content-'))
  const open = Buffer.concat([
    Buffer.from(`--${boundary}\r\n`),
    part,
    Buffer.from(`--${boundary}\r\n`),
    ...inner.map(({ raw }) => raw),
    Buffer.from('\r\n'),
  ])
  const close = Buffer.from(`\r\n--${boundary}--\r\n`)
  return [
    ...asMixed(root, boundary),
    { start: root.bodyStart, end: root.bodyStart, insert: open },
    { start: root.bodyEnd, end: root.bodyEnd, insert: close },
  ]
}

function asMixed(root: MimePart, boundary: string): Edit[] {
  const type = contentType('multipart/mixed', { boundary })
  return setContentFields(root, { 'Content-Type': type }, true)
}

/** The notice as a part: its fields, and its body, which ends in a line end. */
async function noticePart(notice: NoticeContent) {
  const text = noticeText(notice).join('\r\n') + '\r\n'
  const ascii = isPlainAscii(text)
  const fields = {
    'Content-Type': contentType('text/plain', { charset: ascii ? 'us-ascii' : 'utf-8' }),
    'Content-Transfer-Encoding': ascii ? '7bit' : 'quoted-printable',
  }
  return { fields, body: ascii ? Buffer.from(text) : await quote(Buffer.from(text)) }
}

function partBytes({ fields, body }: Awaited<ReturnType<typeof noticePart>>): Buffer {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`${lines.join('')}\r\n`), body])
}
