import { consequenceOf } from '#errors'

/** What an SMTP client reads: RFC 5321 code, RFC 3463 enhanced code, one line of text. */
export interface Reply {
  code: number
  enhanced: string
  text: string
}

const reply = (code: number, enhanced: string, text: string): Reply => ({ code, enhanced, text })

/** Replies that the session's own rules give. The texts say what to do and nothing about us. */
export const replies = {
  notTrusted: reply(550, '5.7.1', 'Relaying denied'),
  noDomain: reply(451, '4.3.0', 'Not set up yet, try again later'),
  tooLarge: reply(552, '5.3.4', 'Message exceeds the size limit'),
  badSender: reply(553, '5.1.7', 'Sender address is not valid'),
  badRecipient: reply(553, '5.1.3', 'Recipient address is not valid'),
  needsUtf8: reply(553, '5.6.7', 'Address needs SMTPUTF8'),
  unknownParameter: reply(555, '5.5.4', 'Parameter not recognized'),
  tooManyErrors: reply(421, '4.7.0', 'Too many errors, closing connection'),
  tooManyCommands: reply(421, '4.7.0', 'Too many commands without a mail, closing connection'),
  crowded: reply(421, '4.7.0', 'Too many connections, try again later'),
  tooLong: reply(421, '4.4.2', 'Session took too long, closing connection'),
  stopping: reply(421, '4.3.2', 'Service is stopping, try again later'),
} satisfies Record<string, Reply>

/** Failures whose code says more than their kind (RFC 3463 section 3, RFC 7372 for 5.6.11). */
const byCode: Record<string, Reply> = {
  E_DISK_FULL: reply(452, '4.3.1', 'Insufficient storage, try again later'),
  E_TOO_LARGE: replies.tooLarge,
  E_BARE_NEWLINE: reply(550, '5.6.11', 'Bare CR or LF in message'),
  E_LOOP: reply(554, '5.4.6', 'Routing loop detected'),
}

/** The reply for a failure while a message was taken in. Never carries the failure's own message. */
export function replyFor(error: unknown): Reply {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return byCode[code] ?? consequenceOf(error).smtp
}

/** The text after the code, as the listener's library wants it; a reference leads to the exact reason in the log. */
export function textOf({ enhanced, text }: Reply, reference?: string): string {
  return `${enhanced} ${text}${reference ? ` (reference ${reference})` : ''}`
}

/** An error that makes the library answer with this reply. */
export class ReplyError extends Error {
  readonly responseCode: number

  constructor(answer: Reply, reference?: string) {
    super(textOf(answer, reference))
    this.responseCode = answer.code
  }
}
