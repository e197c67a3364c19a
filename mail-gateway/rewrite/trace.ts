import type { MimePart } from '../mime/tree.ts'
import { isWithin } from './plan.ts'
import type { Edit } from './edits.ts'

/** How the message came to us, for its `Received` field, and what it is given where it lacks it. */
export interface Trace {
  /** What the client called itself (EHLO). */
  helo: string
  /** The client's IP address. */
  address: string
  /** Our own name. */
  by: string
  /** RFC 3848 and RFC 6531: `ESMTP`, `ESMTPSA`, `UTF8SMTP` … */
  protocol: string
  /** Our queue id: a token of RFC 5322. */
  id: string
  receivedAt: Date
  /** The recipient when the envelope names only one; else null, so that nobody reads who else got it (RFC 5321, 7.2). */
  recipient: string | null
}

/** These tell recipients what is not theirs, or belong to final delivery (RFC 5322, 3.6.3; RFC 5321, 4.4). */
const dropped = new Set(['bcc', 'resent-bcc', 'return-path'])

/**
 * What every relayed message gets, rewritten or not: `Received` on top (RFC 5321, 4.4), `Date` and `Message-ID` where they are
 * missing (RFC 6409, 8), and loses: `Bcc`, `Resent-Bcc`, `Return-Path`. The same trace gives the same bytes.
 *
 * @param root the message, as the scanner found it
 */
export function traceHeaders(root: MimePart, trace: Trace): Edit[] {
  const has = (name: string) => root.headers.some((field) => field.name === name)
  const lines = [received(trace)]
  if (!has('date')) lines.push(`Date: ${dateTime(trace.receivedAt)}`)
  if (!has('message-id')) lines.push(`Message-ID: <${trace.id}@${hostname(trace.by)}>`)
  // A message without any header begins with its empty line, or with its body.
  const separator = root.bodyStart === root.start ? ['', ''] : ['']
  const top = Buffer.from([...lines, ...separator].join('\r\n'), 'utf8')
  return [{ start: root.start, end: root.start, insert: top }, ...drop(root, dropped)]
}

/** Removes the fields of these names. */
export function drop(part: MimePart, names: ReadonlySet<string>): Edit[] {
  return part.headers
    .filter(({ name }) => names.has(name))
    .map(({ start, end }) => ({ start, end, insert: Buffer.alloc(0) }))
}

/** Signatures in the name of the firm (RFC 6376): after a rewrite they only say that the mail was forged. */
export function dropSignatures(root: MimePart, domains: readonly string[]): Edit[] {
  return root.headers
    .filter(({ name, raw }) => {
      if (name !== 'dkim-signature') return false
      const value = raw.toString('utf8').replace(/\s+/g, '')
      const domain = /[:;]d=([^;]+)/i.exec(value)?.[1]
      return domain !== undefined && isWithin(domain, domains)
    })
    .map(({ start, end }) => ({ start, end, insert: Buffer.alloc(0) }))
}

function received(trace: Trace): string {
  const recipient = trace.recipient && /^[^\s<>\p{Cc}]{1,320}$/u.test(trace.recipient)
  return [
    `Received: from ${hostname(trace.helo)} (${literal(trace.address)})`,
    `\tby ${hostname(trace.by)} with ${token(trace.protocol)} id ${token(trace.id)}`,
    `${recipient ? `\tfor <${trace.recipient}>` : '\t'}; ${dateTime(trace.receivedAt)}`,
  ]
    .join('\r\n')
    .replace('\r\n\t; ', ';\r\n\t')
}

/** What a client calls itself is free text until it is a name or an address literal. */
function hostname(name: string): string {
  return /^(\[[0-9a-z:.-]+\]|[0-9a-z\u0080-\uffff_.-]+)$/i.test(name) && name.length <= 255
    ? name
    : 'unknown'
}

function literal(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/[^0-9a-f:.]/gi, '')
  return plain.includes(':') ? `[IPv6:${plain}]` : `[${plain}]`
}

function token(text: string): string {
  return text.replace(/[^\w.+-]/g, '') || 'unknown'
}

/** RFC 5322, 3.3, in UTC. */
function dateTime(at: Date): string {
  return at.toUTCString().replace('GMT', '+0000')
}
