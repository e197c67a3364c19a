/** A message as the archive knows it, and what may happen to it. */

/**
 * `accepted`: to be processed. `waiting`: for a scanner or for the next attempt. `held`: for a person.
 * `done`: every delivery is final, one at least delivered. `failed`: none was. `returned`, `deleted`: a person
 * decided that it does not leave.
 */
export type MessageState =
  'accepted' | 'waiting' | 'held' | 'done' | 'failed' | 'returned' | 'deleted'

/** Why a message is held or waits. */
export type HoldReason =
  | 'no_relay'
  | 'ambiguous'
  | 'unsupported'
  | 'rewrite_failed'
  | 'unchecked'
  | 'infected'
  | 'scanner_down'
  | 'relay_retry'
  | 'outage'

/** What a person may do with a held message. */
export type Verb = 'send' | 'retry' | 'send_unchanged' | 'release' | 'return' | 'delete'

export const verbsOf: Record<HoldReason, Verb[]> = {
  no_relay: ['send', 'return'],
  ambiguous: ['send_unchanged', 'return'],
  unsupported: ['send_unchanged', 'return'],
  rewrite_failed: ['retry', 'send_unchanged', 'return'],
  unchecked: ['release', 'return'],
  infected: ['retry', 'return', 'delete'],
  scanner_down: [],
  relay_retry: [],
  outage: [],
}

/** Verbs that let something out against the rule ask why; the reason goes to the ledger. */
export const wantsReason: ReadonlySet<Verb> = new Set(['send_unchanged', 'release'])

/** What a person allowed for one message: leave the attachments in, or send what could not be checked. */
export type Override = 'none' | 'unchanged' | 'unchecked'

export interface Message {
  number: number
  state: MessageState
  reason: HoldReason | null
  explanation: string | null
  /** Envelope sender, '' for the null sender. */
  mailFrom: string
  clientAddress: string
  helo: string
  smtpUtf8: boolean
  trusted: boolean
  automatic: boolean
  subject: string
  fromName: string | null
  fromAddress: string | null
  to: string
  messageId: string | null
  sentAt: Date | null
  receivedAt: Date
  /** Bytes of the original. */
  size: number
  sha256: string
  blob: string
  attachments: number
  /** What was decided about it, once it was planned. */
  plan: Record<string, unknown> | null
  /** What the scanner said of the original as a whole. */
  verdict: string | null
  attempts: number
  nextAt: Date | null
  override: Override
}

export interface MessageRow {
  number: number
  state: MessageState
  reason: HoldReason | null
  explanation: string | null
  mail_from: string
  client_address: string
  helo: string
  smtp_utf8: boolean | number
  trusted: boolean | number
  automatic: boolean | number
  subject: string
  from_name: string | null
  from_address: string | null
  to_header: string
  message_id: string | null
  sent_at: number | null
  received_at: number
  size: number
  sha256: string
  blob: string
  attachments: number
  plan: string | null
  verdict: string | null
  attempts: number
  next_at: number | null
  override: Override
}

function date(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds)
}

export function fromRow(row: MessageRow): Message {
  return {
    number: row.number,
    state: row.state,
    reason: row.reason,
    explanation: row.explanation,
    mailFrom: row.mail_from,
    clientAddress: row.client_address,
    helo: row.helo,
    smtpUtf8: Boolean(row.smtp_utf8),
    trusted: Boolean(row.trusted),
    automatic: Boolean(row.automatic),
    subject: row.subject,
    fromName: row.from_name,
    fromAddress: row.from_address,
    to: row.to_header,
    messageId: row.message_id,
    sentAt: date(row.sent_at),
    receivedAt: new Date(row.received_at),
    size: Number(row.size),
    sha256: row.sha256,
    blob: row.blob,
    attachments: row.attachments,
    plan: row.plan === null ? null : JSON.parse(row.plan),
    verdict: row.verdict,
    attempts: row.attempts,
    nextAt: date(row.next_at),
    override: row.override,
  }
}
