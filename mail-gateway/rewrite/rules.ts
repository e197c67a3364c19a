import type { MimePart } from '../mime/tree.ts'
import type { ContentFacts } from './facts.ts'
import type { Policy } from './plan.ts'

/** Stable slugs: they are stored with the plan and shown under the archived mail. */
export type KeepReason =
  | 'body'
  | 'signed'
  | 'encrypted'
  | 'report'
  | 'calendar'
  | 'pkcs7'
  | 'inline_pgp'
  | 'inline_image'
  | 'e_invoice'
  | 'outlook_item'
  | 'type_kept'
  | 'below_minimum_size'
  | 'unsupported'
  | 'mail_exempt'
export type ReplaceReason = 'attachment' | 'forwarded_mail'

export type Decision =
  { action: 'keep'; reason: KeepReason } | { action: 'replace'; reason: ReplaceReason }

/** A larger picture is an attachment, also where the HTML names it. */
export const largestInlineImage = 2 * 1024 * 1024

const reports =
  /^(message\/(global-)?(delivery-status|disposition-notification|headers)|message\/(feedback-report|tracking-status)|text\/rfc822-headers)$/
const signatures = /^application\/(pgp-signature|(x-)?pkcs7-signature)$/
const returned = /^(message\/(rfc822|global|global-headers)|text\/rfc822-headers)$/
const pkcs7Types = /^application\/(x-)?pkcs7-(mime|signature)$/
const pkcs7Names = /^smime\.p7[msc]$/i
/** Pictures that mail programs draw themselves: no SVG, which can hold anything. */
const rasterImages = /^image\/(png|jpe?g|pjpeg|gif|webp|bmp|x-ms-bmp|x-png|tiff|heic|avif|apng)$/

/** A part that the plan decides about as one thing: anything that is no multipart. */
export function isLeaf(part: MimePart): boolean {
  return part.boundary === null
}

/** Mail programs show these as text; others they offer as files. */
const shownTexts = /^text\/(plain|html|enriched|richtext)$/

/** Another form of the body, such as text/x-amp-html or text/watch-html. */
function isAlternative(part: MimePart): boolean {
  return (
    part.type.startsWith('text/') &&
    part.type !== 'text/calendar' &&
    part.parent?.type === 'multipart/alternative'
  )
}

/** An unnamed text part that is no attachment by its disposition (RFC 2183: an unknown one counts as attachment). */
export function isBodyText(part: MimePart): boolean {
  return (
    (shownTexts.test(part.type) || isAlternative(part)) &&
    (part.disposition === null || part.disposition === 'inline') &&
    !part.filename?.trim()
  )
}

/** Decides about one leaf. The order matters: what is protected comes before what could be taken out of it. */
export function decide(part: MimePart, facts: ContentFacts, policy: Policy): Decision {
  const reason = keepReason(part, facts, policy)
  if (reason) return { action: 'keep', reason }
  return { action: 'replace', reason: isForwardedMail(part) ? 'forwarded_mail' : 'attachment' }
}

/** Within an attached message nothing is decided. */
export function isForwarded(part: MimePart): boolean {
  for (let at = part.parent; at; at = at.parent) if (at.boundary === null) return true
  return false
}

export function isForwardedMail(part: MimePart): boolean {
  return part.type === 'message/rfc822' || part.type === 'message/global'
}

function keepReason(part: MimePart, facts: ContentFacts, policy: Policy): KeepReason | null {
  const ancestor = protection(part, facts.genuine)
  if (ancestor) return ancestor
  if (part.type === 'message/partial' || part.type === 'message/external-body') return 'unsupported'
  if (facts.pkcs7.has(part.path)) return 'pkcs7'
  if (facts.inlinePgp.has(part.path)) return 'inline_pgp'
  if (isBodyText(part) && !facts.files.has(part.path))
    return isXmlInvoice(part, facts) ? 'e_invoice' : 'body'
  if (isReport(part, facts.genuine)) return 'report'
  if (facts.calendars.has(part.path)) return 'calendar'
  if (facts.openPgp.has(part.path) && hasPgpSibling(part, facts)) return 'inline_pgp'
  if (isInlineImage(part, facts)) return 'inline_image'
  if (isPdfInvoice(part, facts) || isXmlInvoice(part, facts)) return 'e_invoice'
  if (facts.outlookItems.has(part.path)) return 'outlook_item'
  if (policy.keepTypes.some((type) => matchesType(part.type, type))) return 'type_kept'
  if (decodedSize(part) < policy.minimumSize) return 'below_minimum_size'
  return null
}

/** The reason of the outermost multipart around the part that must not be changed. */
export function protection(part: MimePart, genuine: ReadonlySet<string>): KeepReason | null {
  let found: KeepReason | null = null
  for (let at = part.parent; at; at = at.parent) found = protects(at, genuine) ?? found
  return found
}

/** The part by whose content a wrapper is known, and what that content has to be. */
export interface WrapperCheck {
  part: MimePart
  content: 'cms' | 'openPgp' | 'fields'
}

/**
 * What has to stay together to mean anything, only in the form that its RFC gives it: whatever else calls itself signed,
 * encrypted or a report is a wrapper like any other, and what is in it is judged by itself.
 */
export function wrapperCheck({ type, children }: MimePart): WrapperCheck | null {
  const [first, second] = children
  if (!first || !second || second.boundary !== null) return null
  if (type === 'multipart/signed' && signatures.test(second.type)) {
    // RFC 1847, 2.1; RFC 3156, 5; RFC 8551, 3.5.3.
    if (children.length !== 2) return null
    return { part: second, content: second.type.includes('pgp') ? 'openPgp' : 'cms' }
  }
  if (type === 'multipart/encrypted' && second.type === 'application/octet-stream') {
    // RFC 3156, 4.
    const whole = children.length === 2 && first.type === 'application/pgp-encrypted'
    return whole ? { part: second, content: 'openPgp' } : null
  }
  if (type === 'multipart/report' && reports.test(second.type)) {
    return { part: second, content: 'fields' }
  }
  return null
}

function protects(wrapper: MimePart, genuine: ReadonlySet<string>): KeepReason | null {
  const check = wrapperCheck(wrapper)
  if (!check || !genuine.has(check.part.path)) return null
  if (wrapper.type === 'multipart/signed') return 'signed'
  if (wrapper.type === 'multipart/encrypted') return 'encrypted'
  // RFC 6522, 3: for people, for programs, and at times the mail that it is about.
  const [first, , third] = wrapper.children
  const whole =
    wrapper.children.length === 2 ||
    (wrapper.children.length === 3 && returned.test(third!.type) && isLeaf(third!))
  return whole && isExplanation(first!) ? 'report' : null
}

/** Text, in several forms; what else stands beside it is an attachment like any other. */
function isExplanation(part: MimePart): boolean {
  return part.boundary === null ? isBodyText(part) : part.children.every(isExplanation)
}

/** What a report says to programs, and the mail that it is about, also where something else stands beside them. */
function isReport(part: MimePart, genuine: ReadonlySet<string>): boolean {
  if (part.parent?.type !== 'multipart/report') return false
  const [, second, third] = part.parent.children
  if (!second || !genuine.has(second.path)) return false
  return part === second || (part === third && returned.test(part.type))
}

/** What a report says itself, to people or programs: all of it but the mail that it is about. */
export function isToldInReport(part: MimePart, genuine: ReadonlySet<string>): boolean {
  if (!isLeaf(part) || isForwardedMail(part) || isForwarded(part)) return false
  return protection(part, genuine) === 'report' || isReport(part, genuine)
}

/** Also a file that says nothing of itself: some gateways send S/MIME so. */
export function mayBePkcs7(part: MimePart): boolean {
  const name = part.filename?.trim() ?? ''
  return (
    pkcs7Types.test(part.type) ||
    pkcs7Names.test(name) ||
    (part.type === 'application/octet-stream' && (name === '' || /\.p7[msc]$/i.test(name)))
  )
}

export function mayBeCalendar(part: MimePart): boolean {
  return (
    part.type === 'text/calendar' ||
    part.type === 'application/ics' ||
    /\.ics$/i.test(part.filename?.trim() ?? '')
  )
}

export function isPgpFile(part: MimePart): boolean {
  return /\.(asc|pgp|gpg)$/i.test(part.filename?.trim() ?? '')
}

/** The text itself, or the alternative that it is one form of, stands beside the file. */
function hasPgpSibling(part: MimePart, facts: ContentFacts): boolean {
  const bears = (other: MimePart): boolean =>
    facts.inlinePgp.has(other.path) ||
    (/^multipart\/(alternative|related)$/.test(other.type) && other.children.some(bears))
  return part.parent?.children.some(bears) ?? false
}

function isInlineImage(part: MimePart, facts: ContentFacts): boolean {
  return (
    mayBeInlineImage(part) &&
    facts.referenced.has(part.path) &&
    facts.pictures.has(part.path) &&
    decodedSize(part) <= largestInlineImage
  )
}

export function mayBeInlineImage(part: MimePart): boolean {
  return rasterImages.test(part.type) && (part.contentId !== null || part.contentLocation !== null)
}

function isPdfInvoice(part: MimePart, facts: ContentFacts): boolean {
  return mayBePdf(part) && facts.invoices.has(part.path)
}

export function mayBeTnef(part: Pick<MimePart, 'type' | 'filename'>): boolean {
  return (
    /^application\/(vnd\.)?ms-tnef$/.test(part.type) || /^winmail\.dat$/i.test(part.filename ?? '')
  )
}

export function mayBePdf(part: MimePart): boolean {
  return /^application\/(x-)?pdf$/.test(part.type) || /\.pdf\s*$/i.test(part.filename ?? '')
}

function isXmlInvoice(part: MimePart, facts: ContentFacts): boolean {
  return mayBeXml(part) && facts.invoices.has(part.path)
}

export function mayBeXml(part: MimePart): boolean {
  return /[/+]xml$/.test(part.type) || /\.xml\s*$/i.test(part.filename ?? '')
}

function matchesType(type: string, wanted: string): boolean {
  const pattern = wanted.trim().toLowerCase()
  return pattern.endsWith('/*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern
}

/** Bytes after decoding; for base64 as if its lines were 76 long, so that nothing has to be read. */
export function decodedSize(
  part: Pick<MimePart, 'bodyStart' | 'bodyEnd' | 'transferEncoding'>
): number {
  const encoded = part.bodyEnd - part.bodyStart
  return part.transferEncoding === 'base64' ? Math.floor((encoded * 76 * 3) / (78 * 4)) : encoded
}
