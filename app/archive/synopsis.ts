import libmime from 'libmime'
import { parseAddressHeader } from 'mailparser'

/** What a list shows of a mail: read from its first header fields, never trusted for anything else. */
export interface Synopsis {
  subject: string
  fromName: string | null
  fromAddress: string | null
  /** `To` and `Cc` as text. */
  to: string
  messageId: string | null
  /** The Date header, where it can be read. */
  sentAt: Date | null
  /** Made by a machine or a list (RFC 3834, RFC 2369): gets no automatic answer. */
  automatic: boolean
}

const LONGEST_TEXT = 2000

function decode(bytes: Buffer): string {
  const utf8 = bytes.toString('utf8')
  return utf8.includes('\uFFFD') ? bytes.toString('latin1') : utf8
}

/** Header fields by lower-case name, the first of each, unfolded (RFC 5322 section 2.2.3). */
function fields(head: Buffer): Map<string, string> {
  const found = new Map<string, string>()
  const ends = [head.indexOf('\n\r\n'), head.indexOf('\n\n')].filter((end) => end >= 0)
  const block = decode(head.subarray(0, ends.length > 0 ? Math.min(...ends) : undefined))
  for (const line of block.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    if (colon > 0 && !found.has(name)) found.set(name, line.slice(colon + 1).trim())
  }
  return found
}

function words(value: string | undefined): string {
  if (!value) return ''
  try {
    return libmime
      .decodeWords(value)
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim()
      .slice(0, LONGEST_TEXT)
  } catch {
    return value.slice(0, LONGEST_TEXT)
  }
}

function mailboxes(value: string | undefined): { name: string; address: string }[] {
  if (!value) return []
  try {
    const parsed = parseAddressHeader(value)
    return parsed.value
      .flatMap((entry) => entry.group ?? [entry])
      .map((entry) => ({
        name: words(entry.name),
        address: entry.address ?? '',
      }))
  } catch {
    return []
  }
}

function isAutomatic(header: Map<string, string>): boolean {
  const submitted = header.get('auto-submitted')?.toLowerCase()
  return (
    (submitted !== undefined && submitted !== 'no') ||
    header.has('list-id') ||
    header.has('list-unsubscribe') ||
    /^(bulk|junk|list|auto_reply)$/i.test(header.get('precedence') ?? '')
  )
}

/** Reads the synopsis from the beginning of a mail. Whatever it is, something is returned. */
export function synopsisOf(head: Buffer): Synopsis {
  const header = fields(head)
  const [from] = mailboxes(header.get('from'))
  const to = [...mailboxes(header.get('to')), ...mailboxes(header.get('cc'))]
  const date = Date.parse(header.get('date') ?? '')
  return {
    subject: words(header.get('subject')),
    fromName: from?.name || null,
    fromAddress: from?.address || null,
    to: to
      .map(({ name, address }) => (name ? `${name} <${address}>` : address))
      .join(', ')
      .slice(0, LONGEST_TEXT),
    messageId: header.get('message-id')?.slice(0, 998) ?? null,
    sentAt: Number.isNaN(date) ? null : new Date(date),
    automatic: isAutomatic(header),
  }
}
