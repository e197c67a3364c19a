import type { OutboxItem, Post, PostIdentity, PostResult } from '#post'
import { telemetry } from '#telemetry'
import MailComposer from 'nodemailer/lib/mail-composer'
import type { Courier } from './courier.ts'
import { nextAttempt } from './retry_schedule.ts'

export interface OutboxOptions {
  post: Post
  identity: PostIdentity
  courier: Courier | undefined
  /** Address that mails of ours come from; nothing while the firm has no domain. */
  from: () => Promise<string | undefined>
  now?: () => Date
}

/** How long one attempt may keep others off a letter, in seconds. */
const CLAIM = 300

/** Sends the mails that Webtresor itself writes: composed from the outbox row, null sender, marked as ours. */
export class Outbox {
  #options: OutboxOptions

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** Sends one letter if it is due. Without a relay it stays, and the pages say so. */
  async send(id: string): Promise<void> {
    const { post, courier } = this.#options
    const from = await this.#options.from()
    if (!courier || !from) return
    const item = await post.claim(id, CLAIM)
    if (!item) return
    const content = await this.#compose(item, from)
    const answer = await courier.deliver({
      from: '',
      to: item.to,
      size: content.length,
      eightBit: false,
      utf8Headers: false,
      content: async function* () {
        yield content
      },
    })
    await post.record(id, this.#result(answer.status, answer.reply, item.attempts + 1))
    if (answer.status === 'delivered') telemetry.posted({ kind: item.kind })
  }

  #result(status: PostResult['status'], reply: string, attempts: number): PostResult {
    if (status !== 'deferred') return { status, reply }
    const nextAt = nextAttempt(attempts, this.#options.now?.() ?? new Date())
    return nextAt ? { status, reply, nextAt } : { status: 'failed', reply }
  }

  /** RFC 3834: automatic mail says so, and comes from the null sender, so that nothing answers it. */
  #compose(item: OutboxItem, from: string): Promise<Buffer> {
    const domain = from.slice(from.lastIndexOf('@') + 1)
    const mail = new MailComposer({
      from: { name: 'Webtresor', address: from },
      to: item.to,
      subject: item.subject,
      text: item.text,
      html: item.html,
      date: item.queuedAt,
      messageId: `<${item.id}@${domain}>`,
      textEncoding: 'quoted-printable',
      headers: {
        'Auto-Submitted': 'auto-generated',
        'X-Auto-Response-Suppress': 'All',
        'X-Webtresor-Id': this.#options.identity.sign(item.id),
        ...(item.choicesUrl ? { 'List-Unsubscribe': unfolded(`<${item.choicesUrl}>`) } : {}),
      },
    })
    return new Promise((resolve, reject) => {
      mail.compile().build((error, content) => (error ? reject(error) : resolve(content!)))
    })
  }
}

/** The composer would break the line before a long value, and leave the first one empty. */
const unfolded = (value: string) => ({ prepared: true, foldLines: false, value })
