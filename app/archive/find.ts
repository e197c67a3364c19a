import type { Database, DatabaseQueryBuilder } from '@adonisjs/lucid/database'
import type { DatabaseQueryBuilderContract } from '@adonisjs/lucid/types/querybuilder'
import {
  fromRow,
  type HoldReason,
  type Message,
  type MessageRow,
  type MessageState,
} from './message.ts'

/** An address that belongs to a viewer, and since and until when (decided by #accounts). */
export interface Mailbox {
  address: string
  from: Date
  until: Date | null
}

/** Who looks: his own mail only, or everybody's metadata (administrators; content is decided elsewhere). */
export type Viewer = { mailboxes: Mailbox[] } | 'everything'

export interface Query {
  /** Seen from the viewer: he sent it, or it was sent to him. */
  direction?: 'sent' | 'received'
  /** Every word must occur in the subject or in an address of the header. */
  words?: string
  /** One of these. */
  states?: MessageState[]
  reason?: HoldReason
  /** From or to these domains, for who sees everything and has no direction of his own. */
  domains?: { names: string[]; direction: 'outgoing' | 'incoming' }
  /** Accepted at this moment or later. */
  since?: Date
  /** Accepted before this moment. */
  until?: Date
  sender?: string
  recipient?: string
  /** Numbers below this one: the key of the next page. */
  before?: number
  /** At most this many; one more is looked for to know whether there is a next page. */
  limit: number
}

export interface Page {
  messages: Message[]
  /** Pass as `before` for the next page; nothing on the last. */
  next: number | null
}

type Rows = DatabaseQueryBuilderContract<MessageRow>

export function selectMessages(db: Database): Rows {
  const query = db
    .from('messages')
    .join('originals', 'originals.number', 'messages.number')
    .select('messages.*', 'originals.sha256', 'originals.blob')
  return query as DatabaseQueryBuilder as Rows
}

/** Messages that a viewer may see, newest first, paged by number: the hundredth page costs what the first does. */
export async function find(db: Database, query: Query, viewer: Viewer): Promise<Page> {
  const rows = selectMessages(db)
    .orderBy('messages.number', 'desc')
    .limit(query.limit + 1)
  restrict(rows, viewer, query.direction)
  if (query.before !== undefined) void rows.where('messages.number', '<', query.before)
  if (query.states) void rows.whereIn('messages.state', query.states)
  if (query.reason) void rows.where('messages.reason', query.reason)
  if (query.since) void rows.where('messages.received_at', '>=', query.since.getTime())
  if (query.until) void rows.where('messages.received_at', '<', query.until.getTime())
  if (query.domains) restrictDomains(rows, query.domains)
  if (query.sender) void rows.where('messages.sender', query.sender.toLowerCase())
  if (query.recipient) {
    const address = query.recipient.toLowerCase()
    void rows.whereIn('messages.number', (sub) =>
      sub.from('deliveries').select('number').where('mailbox', address)
    )
  }
  for (const word of wordsOf(query.words)) {
    void rows.whereRaw(`messages.words LIKE ? ESCAPE '\\'`, [`%${word}%`])
  }

  const found = (await rows).map(fromRow)
  const messages = found.slice(0, query.limit)
  return {
    messages,
    next: found.length > query.limit ? (messages.at(-1)?.number ?? null) : null,
  }
}

/**
 * Limits rows to what the viewer may see: what he sent, and what was delivered to him. Deny is the default: no
 * mailbox, no mail; and what is held or was returned has not been received.
 */
export function restrict(rows: Rows, viewer: Viewer, direction?: 'sent' | 'received'): void {
  if (viewer === 'everything') return
  void rows.where((either) => {
    void either.whereRaw('1 = 0')
    for (const mailbox of viewer.mailboxes) {
      void either.orWhere((own) => {
        void own.where('messages.received_at', '>=', mailbox.from.getTime())
        if (mailbox.until) void own.where('messages.received_at', '<', mailbox.until.getTime())
        void own.where((party) => {
          if (direction !== 'received') void party.orWhere('messages.sender', mailbox.address)
          if (direction !== 'sent') {
            void party.orWhereIn('messages.number', (sub) =>
              sub
                .from('deliveries')
                .select('number')
                .where({ mailbox: mailbox.address, state: 'delivered' })
            )
          }
        })
      })
    }
  })
}

function restrictDomains(rows: Rows, { names, direction }: NonNullable<Query['domains']>): void {
  const ends = names.map((name) => `%@${escaped(name.toLowerCase())}`)
  const like = (column: string) => ends.map(() => `${column} LIKE ? ESCAPE '\\'`).join(' OR ')
  if (ends.length === 0) void rows.whereRaw('1 = 0')
  else if (direction === 'outgoing') void rows.whereRaw(`(${like('messages.sender')})`, ends)
  else {
    void rows.whereIn('messages.number', (sub) =>
      sub
        .from('deliveries')
        .select('number')
        .whereRaw(`(${like('mailbox')})`, ends)
    )
  }
}

const escaped = (text: string) => text.replace(/[\\%_]/g, '\\$&')

function wordsOf(text: string | undefined): string[] {
  return (text ?? '').toLowerCase().split(/\s+/).filter(Boolean).slice(0, 10).map(escaped)
}
