import { applyRecipe, type RecipeStep } from '#archive'
import { collect } from '../../../mail-gateway/rewrite/encoded_body.ts'
import { gatherFacts, type ReadRange } from '../../../mail-gateway/rewrite/facts.ts'
import type { NoticeContent } from '../../../mail-gateway/rewrite/notice.ts'
import { plan, type Envelope, type Plan, type Policy } from '../../../mail-gateway/rewrite/plan.ts'
import { relayUnchanged, rewrite } from '../../../mail-gateway/rewrite/rewriter.ts'
import { decodedSize } from '../../../mail-gateway/rewrite/rules.ts'
import type { Trace } from '../../../mail-gateway/rewrite/trace.ts'
import { scanMime } from '../../../mail-gateway/mime/scanner.ts'
import type { MimeTree } from '../../../mail-gateway/mime/tree.ts'

export const trace: Trace = {
  helo: 'pc7.firm.example',
  address: '192.0.2.7',
  by: 'webtresor.firm.example',
  protocol: 'ESMTP',
  id: '4711',
  receivedAt: new Date('2026-11-23T21:00:00Z'),
  recipient: 'client@example.net',
}

export const envelope: Envelope = {
  sender: 'me@firm.example',
  recipients: ['client@example.net'],
}

export const policy: Policy = {
  localDomains: ['firm.example'],
  minimumSize: 0,
  keepTypes: [],
  internalKeep: true,
}

/** A message in memory, read in pieces of `size` bytes. */
export function cutInto(message: Buffer, size: number): ReadRange {
  return async function* (start, end) {
    for (let at = start; at < end; at += size) yield message.subarray(at, Math.min(end, at + size))
  }
}

export function noticeFor(decided: Plan, language: 'de' | 'en'): NoticeContent {
  const files = decided.parts
    .filter(({ action }) => action === 'replace')
    .map((part) => ({ name: part.filename, size: decodedSize(part) }))
  return {
    language,
    files,
    link: 'https://webtresor.firm.example/d/nK3tq2hXw0aVb8-ZrQpYdLmS4Ej',
    availableUntil: new Date('2026-12-23T21:00:00Z'),
  }
}

export interface Delivered {
  tree: MimeTree
  plan: Plan
  recipe: RecipeStep[]
  bytes: Buffer
}

/** From the message to what the first recipient for whom it is meant gets. */
export async function deliver(
  message: Buffer,
  options: {
    envelope?: Envelope
    policy?: Policy
    language?: 'de' | 'en'
    chunk?: number
    trace?: Trace
  } = {}
): Promise<Delivered> {
  const readRange = cutInto(message, options.chunk ?? 65_536)
  const tree = await scanMime(readRange(0, message.length))
  const facts = await gatherFacts(tree, readRange)
  const rules = options.policy ?? policy
  const decided = plan(tree, options.envelope ?? envelope, facts, rules)
  const way = options.trace ?? trace
  const recipe =
    decided.verdict === 'rewrite'
      ? await rewrite(
          { tree, readRange, plan: decided, localDomains: rules.localDomains, trace: way },
          noticeFor(decided, options.language ?? 'de')
        )
      : relayUnchanged(tree, way)
  return { tree, plan: decided, recipe, bytes: await collect(applyRecipe(readRange, recipe)) }
}
