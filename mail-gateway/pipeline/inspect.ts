import { createHash } from 'node:crypto'
import type { Claim, Part } from '#archive'
import { scanMime } from '../mime/scanner.ts'
import type { MimeTree } from '../mime/tree.ts'
import { telling, type Context, type StepResult } from '../pipeline.ts'
import { ambiguities } from '../opinions/ambiguities.ts'
import { gatherFacts } from '../rewrite/facts.ts'
import { partsOutside } from '../rewrite/outside_parts.ts'
import { irregularitiesOf, plan as makePlan, type Plan, type Problem } from '../rewrite/plan.ts'

/** The plan as it stands in the message's row: the decisions on parts stand in the part table. */
export type StoredPlan = Omit<Plan, 'parts'>

/** Reads the mail's structure, decides about each part, and holds what is ambiguous. */
export async function inspect(context: Context): Promise<StepResult> {
  const { claim, archive } = context
  if (claim.message.plan === null) {
    const tree = await scanMime(archive.lend(claim.message), undefined, { checkBodies: true })
    const { parts, ...plan } = await decide(context, tree)
    const rows = parts.map((part): Part => {
      const found = tree.parts.find(({ path }) => path === part.path)
      return {
        path: part.path,
        type: part.type,
        filename: part.filename || null,
        encoding: part.transferEncoding,
        charset: found?.charset ?? null,
        disposition: found?.disposition ?? null,
        start: part.start,
        bodyStart: part.bodyStart,
        bodyEnd: part.bodyEnd,
        end: part.end,
        action: part.action,
        reason: part.reason,
        size: null,
        sha256: null,
        verdict: null,
        verdictDetail: null,
      }
    })
    const digest = createHash('sha256')
      .update(JSON.stringify({ ...plan, parts }))
      .digest('hex')
    claim.plan(rows, plan, digest)
    trees.set(claim, tree)
  }

  const plan = planOf(context)
  if (plan.verdict === 'hold' && claim.message.override !== 'unchanged') {
    const where = explain(plan.problems)
    const reason = plan.reason === 'unsupported_structure' ? 'unsupported' : 'ambiguous'
    await claim.hold(reason, where, await telling(context, reason, where))
    return 'stop'
  }
  return 'next'

  async function decide({ claim: { message } }: Context, tree: MimeTree): Promise<Plan> {
    const read = (start: number, end: number) => archive.lend(message, { start, end })
    const recipients = claim.deliveries.map(({ recipient }) => recipient)
    const facts = await gatherFacts(tree, read)
    const policy = await context.policy()
    const envelope = { sender: message.mailFrom, recipients }
    const outside = await partsOutside(tree, read)
    const strict = makePlan(tree, envelope, facts, policy, [...outside, ...irregularitiesOf(tree)])
    if (outside.length > 0) return strict
    if (strict.reason !== 'ambiguous_structure') return strict
    const wire = () => archive.made(message, [{ copy: [0, tree.size] }])
    const found = await ambiguities(context.opinions, tree, await scanMime(wire()), wire)
    return makePlan(tree, envelope, facts, policy, found)
  }
}

/** Problems in the form in which they are stored and told: slugs with the part they are about. */
export function explain(problems: readonly Problem[]): string {
  return problems
    .slice(0, 10)
    .map(({ path, reason }) => (path ? `${reason} (${path})` : reason))
    .join(', ')
}

/** Structures that this run has read. */
const trees = new WeakMap<Claim, MimeTree>()

/** The MIME structure of the claimed message. */
export async function treeOf({ claim, archive }: Context): Promise<MimeTree> {
  return trees.get(claim) ?? (await scanMime(archive.lend(claim.message)))
}

/** The stored plan. */
export function planOf({ claim }: Context): StoredPlan {
  return claim.message.plan as unknown as StoredPlan
}

/** Whether attachments leave this mail, after what a person may have decided. */
export function isRewritten(context: Context): boolean {
  return planOf(context).verdict === 'rewrite' && context.claim.message.override !== 'unchanged'
}
