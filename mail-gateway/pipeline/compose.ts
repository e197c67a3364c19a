import type { RecipeStep } from '#archive'
import type { Delivery } from '#delivery'
import { IntegrityError } from '#errors'
import type { LinkDraft } from '#links'
import type { Deposited } from '#vault'
import { scanMime } from '../mime/scanner.ts'
import type { MimeTree } from '../mime/tree.ts'
import { leavesOf } from '../opinions/ambiguities.ts'
import { telling, type Context, type StepResult } from '../pipeline.ts'
import { formProblems, keptPrints } from '../rewrite/delivered_form.ts'
import type { Plan, Problem } from '../rewrite/plan.ts'
import { relayUnchanged, rewrite } from '../rewrite/rewriter.ts'
import type { Trace } from '../rewrite/trace.ts'
import { depositsOf, isInside } from './deposit.ts'
import { Forms } from './forms.ts'
import { explain, isRewritten, planOf, treeOf } from './inspect.ts'

/**
 * Fixes for each recipient what he gets: his link, the recipe of his form and its digest.
 * All forms stand before the first is sent, so that a rewrite that fails holds the whole mail.
 */
export async function compose(context: Context): Promise<StepResult> {
  const forms = new Forms(context)
  try {
    return await composeInto(forms, context)
  } finally {
    await forms.discard()
  }
}

async function composeInto(forms: Forms, context: Context): Promise<StepResult> {
  const { claim } = context
  const all = claim.deliveries
  const missing = all.filter(({ form, state }) => form === null && state === 'pending')
  if (missing.length === 0) return 'next'

  const tree = await treeOf(context)
  const plan = await wholePlan(context)
  const files = await depositsOf(context)
  let kept: string[] | undefined
  let readByOthers = !planOf(context).irregular
  for (const delivery of missing) {
    const trace = traceOf(context, all.length === 1 ? delivery.recipient : null)
    const rewritten = isRewritten(context) && plan.rewriteFor.includes(delivery.recipient)
    if (!rewritten) {
      await forms.add(delivery, relayUnchanged(tree, trace))
      continue
    }
    const about = { tree, plan, trace, delivery, files }
    const { recipe, link } = await rewrittenRecipe(context, about)
    kept ??= await keptPrints(tree, plan, (start, end) =>
      context.archive.original(claim.message, { start, end })
    )
    const ofForm = { tree, recipe, kept, link: link.url, readByOthers }
    const problems = await readAgain(context, ofForm)
    readByOthers = true
    if (problems.length > 0) {
      const where = explain(problems)
      await claim.hold('ambiguous', where, await telling(context, 'ambiguous', where))
      return 'stop'
    }
    await forms.add(delivery, recipe, link)
  }
  await forms.fix()
  return 'next'
}

/**
 * Reads the form as its recipient will: what is in it that the plan does not keep. Our scanner does so always. The other
 * readers do where the original was irregular: in a regular mail they see what we see, and a regular form of it stays regular,
 * so that the ordinary mail does not pay for them. They read one form: the others have another link, and are the same.
 */
async function readAgain(
  context: Context,
  about: {
    tree: MimeTree
    recipe: RecipeStep[]
    kept: string[]
    link: string
    readByOthers: boolean
  }
): Promise<Problem[]> {
  const { tree, recipe, kept, link, readByOthers } = about
  const { archive, claim, opinions } = context
  const open = () => archive.made(claim.message, recipe)
  const form = await scanMime(open())
  const problems = await formProblems(tree, form, open, kept, link)
  if (problems.length > 0 || readByOthers) return problems
  return opinions.ask({ open, size: form.size, leaves: leavesOf(form) })
}

async function wholePlan(context: Context): Promise<Plan> {
  const parts = await context.claim.parts()
  return {
    ...planOf(context),
    parts: parts.map((part) => ({
      path: part.path,
      action: part.action,
      reason: part.reason as Plan['parts'][number]['reason'],
      filename: part.filename ?? '',
      type: part.type,
      transferEncoding: part.encoding,
      start: part.start,
      bodyStart: part.bodyStart,
      bodyEnd: part.bodyEnd,
      end: part.end,
    })),
  }
}

function traceOf({ claim: { message }, hostname }: Context, recipient: string | null): Trace {
  return {
    helo: message.helo,
    address: message.clientAddress,
    by: hostname,
    protocol: message.smtpUtf8 ? 'UTF8SMTP' : 'ESMTP',
    id: `wt${message.number}`,
    receivedAt: message.receivedAt,
    recipient,
  }
}

async function rewrittenRecipe(
  context: Context,
  about: { tree: MimeTree; plan: Plan; trace: Trace; delivery: Delivery; files: Deposited[] }
): Promise<{ recipe: RecipeStep[]; link: LinkDraft }> {
  const { claim, archive, links, language } = context
  const { message } = claim
  const { tree, plan, trace, delivery, files } = about
  const replaced = plan.parts.filter(({ action }) => action === 'replace').length
  const ofParts = files.filter(({ part }) => !isInside(part))
  if (ofParts.length !== replaced || files.some((file) => !file.downloadable)) {
    throw new IntegrityError(
      'E_DEPOSITS',
      `Message ${message.number}: ${replaced} attachments to replace, but not as many checked files`
    )
  }
  const link = await links.draft({
    number: message.number,
    original: message.sha256,
    recipient: delivery.recipient,
    sender: message.mailFrom,
    senderName: message.fromName,
    subject: message.subject,
    sentAt: message.receivedAt,
    files: files.map(({ blob, name, size, sha256, crc32, type }) => ({
      blob,
      name,
      size,
      sha256,
      crc32,
      type,
    })),
  })
  const readRange = (start: number, end: number) => archive.original(message, { start, end })
  const { localDomains } = await context.policy()
  const recipe = await rewrite(
    { tree, readRange, plan, localDomains, trace },
    { language, files, link: link.url, availableUntil: link.expiresAt }
  )
  return { recipe, link }
}
