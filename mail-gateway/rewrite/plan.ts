import { domainToASCII } from 'node:url'
import { decodedValue } from '../mime/header.ts'
import { TakenNames } from '#taken_names'
import { safeFilename } from '../mime/filename.ts'
import type { MimePart, MimeTree } from '../mime/tree.ts'
import type { ContentFacts } from './facts.ts'
import { otherReadings } from './other_readings.ts'
import { decide, isForwarded, isForwardedMail, isLeaf, protection, type Decision } from './rules.ts'

/** What the firm wants, from its settings. */
export interface Policy {
  /** The firm's own mail domains. */
  localDomains: readonly string[]
  /** Attachments smaller than this many bytes, decoded, stay in the mail. 0 = none stays for its size. */
  minimumSize: number
  /** MIME types that stay in the mail, such as `application/pgp-keys` or `image/*`. */
  keepTypes: readonly string[]
  /** Whether recipients in the firm's own domains keep attachments. */
  internalKeep: boolean
}

export const defaultPolicy: Omit<Policy, 'localDomains'> = {
  minimumSize: 0,
  keepTypes: [],
  internalKeep: true,
}

/** The envelope, as far as the plan depends on it. `sender` is '' for the null reverse-path. */
export interface Envelope {
  sender: string
  recipients: readonly string[]
}

export interface PartDecision {
  path: string
  action: 'keep' | 'replace'
  reason: Decision['reason']
  /** For a replaced part a safe name, unique in the mail; for a kept one the name as sent, '' without one. */
  filename: string
  type: string
  transferEncoding: string
  start: number
  bodyStart: number
  bodyEnd: number
  end: number
}

export type PlanReason =
  | 'attachments'
  | 'nothing_to_replace'
  | 'null_sender'
  | 'foreign_sender'
  | 'internal_recipients'
  | 'ambiguous_structure'
  | 'unsupported_structure'

export interface Problem {
  path: string
  reason: string
}

export interface Plan {
  verdict: 'rewrite' | 'unchanged' | 'hold'
  reason: PlanReason
  /** What in the structure holds the mail; `path` is the part, '' the mail as a whole. */
  problems: Problem[]
  /** Whether anything in the mail was irregular: then other readers look at what is delivered, too. */
  irregular: boolean
  /** One decision for each leaf part, in the order of the mail. */
  parts: PartDecision[]
  /** Envelope recipients who get the rewritten form; the others get the mail unchanged. */
  rewriteFor: string[]
  /** Paths of the bodies that carry the notice; without either it becomes a part of its own in front. */
  notice: { text: string | null; html: string | null }
}

/**
 * Decides about a mail and each leaf part of it. Pure: what must be read from the content comes in as `facts`
 * (`gatherFacts`). The same input gives the same plan, which is what the ledger commits to.
 *
 * @param ambiguities what makes the structure ambiguous: every irregularity, unless other readers were asked about them
 */
export function plan(
  tree: MimeTree,
  envelope: Envelope,
  facts: ContentFacts,
  policy: Policy,
  ambiguities: readonly Problem[] = irregularitiesOf(tree)
): Plan {
  const decided = leaves(tree.root).map((part) => ({ part, ...decide(part, facts, policy) }))
  const taken = new TakenNames()
  const typeOf = (part: MimePart) => facts.files.get(part.path) ?? part.type
  const result: Plan = {
    verdict: 'unchanged',
    reason: 'nothing_to_replace',
    problems: [],
    irregular: irregularitiesOf(tree).length > 0,
    parts: decided.map(({ part, action, reason }) => ({
      path: part.path,
      action,
      reason,
      filename:
        action === 'replace' ? fileNameOf(part, typeOf(part), taken) : (part.filename ?? ''),
      type: typeOf(part),
      transferEncoding: part.transferEncoding,
      start: part.start,
      bodyStart: part.bodyStart,
      bodyEnd: part.bodyEnd,
      end: part.end,
    })),
    rewriteFor: [],
    notice: { text: null, html: null },
  }

  const exempt = exemption(envelope, policy)
  if (exempt) return unchanged(result, exempt)

  const known = (other: Problem) =>
    ambiguities.some(({ path, reason }) => path === other.path && reason === other.reason)
  const unclear = [
    ...filesToOthers(decided, facts),
    ...ambiguities,
    ...containersToOthers(tree, facts).filter((problem) => !known(problem)),
  ]
  if (unclear.length > 0) {
    return { ...result, verdict: 'hold', reason: 'ambiguous_structure', problems: unclear }
  }
  const problems = decided
    .filter(({ reason }) => reason === 'unsupported')
    .map(({ part }) => ({ path: part.path, reason: part.type }))
  if (problems.length > 0) {
    return { ...result, verdict: 'hold', reason: 'unsupported_structure', problems }
  }
  if (!result.parts.some(({ action }) => action === 'replace')) return result

  return {
    ...result,
    verdict: 'rewrite',
    reason: 'attachments',
    rewriteFor: envelope.recipients.filter(
      (address) => !(policy.internalKeep && isLocal(address, policy.localDomains))
    ),
    notice: noticePlaces(decided),
  }
}

/** Kept for what they are, and not for whom they come from or how small they are. */
const seenInto = new Set<string>([
  'body',
  'inline_pgp',
  'inline_image',
  'calendar',
  'e_invoice',
  'outlook_item',
  'pkcs7',
  'report',
])

/** Parts that would stay, and that other programs offer as a file of another kind, or something in them. */
function filesToOthers(
  decided: { part: MimePart; reason: Decision['reason'] }[],
  { filesWithin }: ContentFacts
): Problem[] {
  const staying = decided.filter(({ reason }) => seenInto.has(reason))
  return staying.flatMap(({ part }) => {
    const within = filesWithin.get(part.path)
    const reasons = [...(within ? [within] : []), ...otherReadings(part)]
    return reasons.map((reason) => ({ path: part.path, reason }))
  })
}

/** Multiparts that are a file to other programs. */
function containersToOthers({ parts }: MimeTree, { genuine }: ContentFacts): Problem[] {
  return parts
    .filter((part) => part.boundary !== null && !isForwarded(part) && !protection(part, genuine))
    .flatMap((part) => otherReadings(part).map((reason) => ({ path: part.path, reason })))
}

/** What in the structure two readers may see differently. */
export function irregularitiesOf(tree: MimeTree): Problem[] {
  return tree.parts.flatMap((part) =>
    part.irregular
      .filter((reason) => !unsupported.has(reason))
      .map((reason) => ({ path: part.path, reason }))
  )
}

/** Whether an address is in one of the domains; compares internationalised domains in their ASCII form. */
export function isLocal(address: string, domains: readonly string[]): boolean {
  const domain = ascii(address.slice(address.lastIndexOf('@') + 1))
  return address.includes('@') && domains.some((local) => ascii(local) === domain)
}

/** Whether a domain is one of the domains or below one: `mail.firm.example` signs for `firm.example` too. */
export function isWithin(domain: string, domains: readonly string[]): boolean {
  const name = `.${ascii(domain)}`
  return domains.some((parent) => name.endsWith(`.${ascii(parent)}`))
}

function ascii(domain: string): string {
  const lower = domain.trim().toLowerCase().replace(/\.$/, '')
  return domainToASCII(lower) || lower
}

function exemption(envelope: Envelope, policy: Policy): PlanReason | null {
  if (envelope.sender === '') return 'null_sender'
  if (!isLocal(envelope.sender, policy.localDomains)) return 'foreign_sender'
  const internal = envelope.recipients.every((address) => isLocal(address, policy.localDomains))
  return policy.internalKeep && internal ? 'internal_recipients' : null
}

/** The whole mail passes, so each part keeps for the mail's reason. */
function unchanged(result: Plan, reason: PlanReason): Plan {
  return {
    ...result,
    reason,
    parts: result.parts.map((part) =>
      part.action === 'keep' ? part : { ...part, action: 'keep', reason: 'mail_exempt' }
    ),
  }
}

/** Not ambiguous, only nothing that could be taken out; and within a forwarded mail they hinder nobody. */
const unsupported = new Set<string>(['message_partial', 'external_body'])

/** What the plan decides about, in display order; a forwarded mail is one leaf, whatever is in it. */
export function leaves(part: MimePart): MimePart[] {
  return isLeaf(part) ? [part] : part.children.flatMap(leaves)
}

/** A forwarded mail has seldom a file name; its subject says more than a made-up one. */
function fileNameOf(part: MimePart, type: string, taken: TakenNames): string {
  if (!isForwardedMail(part)) return safeFilename(part.filename, type, taken)
  const subject = part.children[0]?.headers.find(({ name }) => name === 'subject')
  const name = part.filename ?? (subject ? decodedValue(subject) : null)
  return safeFilename(name, 'message/rfc822', taken)
}

/**
 * The first text and the first HTML body, unless protected text comes before them: then a notice further down would be
 * overlooked, or would stand inside what must not change.
 */
function noticePlaces(decided: { part: MimePart; reason: Decision['reason'] }[]): Plan['notice'] {
  const texts = decided.filter(
    ({ part, reason }) =>
      part.type.startsWith('text/') &&
      (reason === 'body' || reason === 'signed' || reason === 'inline_pgp')
  )
  const first = (type: string) => texts.find(({ part }) => part.type === type)
  const text = first('text/plain')
  const html = first('text/html')
  const usable = [texts[0], text, html].every((found) => !found || found.reason === 'body')
  if (!usable) return { text: null, html: null }
  return { text: text?.part.path ?? null, html: html?.part.path ?? null }
}
