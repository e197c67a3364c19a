import { wire } from '../../../app/archive/wire.ts'
import { applyRecipe, type RecipeStep } from '#archive'
import { collect } from '../../../mail-gateway/rewrite/encoded_body.ts'
import { ambiguities, leavesOf } from '../../../mail-gateway/opinions/ambiguities.ts'
import { SecondOpinions } from '../../../mail-gateway/opinions/second_opinions.ts'
import { formProblems, keptPrints } from '../../../mail-gateway/rewrite/delivered_form.ts'
import { gatherFacts, type ReadRange } from '../../../mail-gateway/rewrite/facts.ts'
import type { NoticeContent } from '../../../mail-gateway/rewrite/notice.ts'
import { partsOutside } from '../../../mail-gateway/rewrite/outside_parts.ts'
import {
  irregularitiesOf,
  plan,
  type Envelope,
  type Plan,
  type Policy,
} from '../../../mail-gateway/rewrite/plan.ts'
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

const opinions = new SecondOpinions()

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
  const whole = () => readRange(0, message.length)
  const onTheWire = () => wire(whole())
  const tree = await scanMime(whole(), {}, { checkBodies: true })
  const facts = await gatherFacts(tree, readRange)
  const rules = options.policy ?? policy
  const sent = options.envelope ?? envelope
  const outside = await partsOutside(tree, readRange)
  const strict = plan(tree, sent, facts, rules, [...outside, ...irregularitiesOf(tree)])
  const ambiguous = strict.reason === 'ambiguous_structure' && outside.length === 0
  const decided = ambiguous
    ? plan(
        tree,
        sent,
        facts,
        rules,
        await ambiguities(opinions, tree, await scanMime(onTheWire()), onTheWire)
      )
    : strict
  const way = options.trace ?? trace
  const recipe =
    decided.verdict === 'rewrite'
      ? await rewrite(
          { tree, readRange, plan: decided, localDomains: rules.localDomains, trace: way },
          noticeFor(decided, options.language ?? 'de')
        )
      : relayUnchanged(tree, way)
  const bytes = await collect(applyRecipe(readRange, recipe))
  if (decided.verdict === 'rewrite')
    await checkForm({ tree, plan: decided, recipe, bytes }, message)
  return { tree, plan: decided, recipe, bytes }
}

/** What processing checks before a form is fixed. */
async function checkForm({ tree, plan: decided, bytes }: Delivered, message: Buffer) {
  const open = () => cutInto(bytes, 65_536)(0, bytes.length)
  const form = await scanMime(open())
  const kept = await keptPrints(tree, decided, cutInto(message, 65_536))
  const { link } = noticeFor(decided, 'de')
  const problems = await formProblems(tree, form, open, kept, link)
  if (decided.irregular) {
    problems.push(...(await opinions.ask({ open, size: form.size, leaves: leavesOf(form) })))
  }
  if (problems.length > 0) throw new Error(`The form is held: ${JSON.stringify(problems)}`)
}
