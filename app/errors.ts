export type Facts = Record<string, unknown>

/**
 * The kinds of failure that Webtresor tells apart, and the one table that translates them to the outside.
 *
 * A message says what happened, where, and what to do; it goes to the log. Replies to the outside stay
 * generic: the table's sentence and the reference under which the log has the rest.
 */
export abstract class WebtresorError extends Error {
  /** Machine-readable and stable, such as `E_DISK_FULL`. */
  readonly code: string
  /** What a page needs to say it in words: names, bytes, times. */
  readonly facts: Facts

  constructor(code: string, message: string, options?: ErrorOptions & { facts?: Facts }) {
    super(message, options)
    this.name = new.target.name
    this.code = code
    this.facts = options?.facts ?? {}
  }
}

/** Works again when its cause is gone, without anybody changing anything: disk full, database locked, peer down. */
export class TransientError extends WebtresorError {}

/** Fails each time it is tried: malformed, too large, unsupported. */
export class PermanentError extends WebtresorError {}

/** Stored data is not what was stored. What it touches stops, and the administrator is told. */
export class IntegrityError extends WebtresorError {}

/** What is asked for does not exist, or not for whoever asks. */
export class NotFound extends WebtresorError {}

/** Understood, and not allowed. */
export class Refused extends WebtresorError {}

export interface Consequence {
  /** Reply of an SMTP listener: RFC 5321 code and RFC 3463 enhanced code. */
  smtp: { code: number; enhanced: string; text: string }
  /** Whether a job that failed so is tried again. */
  retry: boolean
  /** Status of an HTTP response. */
  http: number
}

const consequences: [new (...args: never[]) => Error, Consequence][] = [
  [
    TransientError,
    {
      smtp: { code: 451, enhanced: '4.3.0', text: 'Temporary failure, try again later' },
      retry: true,
      http: 503,
    },
  ],
  [
    PermanentError,
    {
      smtp: { code: 554, enhanced: '5.6.0', text: 'Message cannot be processed' },
      retry: false,
      http: 422,
    },
  ],
  [
    IntegrityError,
    {
      smtp: { code: 451, enhanced: '4.3.0', text: 'Temporary failure, administrator informed' },
      retry: false,
      http: 500,
    },
  ],
  [
    NotFound,
    { smtp: { code: 550, enhanced: '5.1.1', text: 'No such recipient' }, retry: false, http: 404 },
  ],
  [
    Refused,
    { smtp: { code: 550, enhanced: '5.7.1', text: 'Refused by policy' }, retry: false, http: 403 },
  ],
]

/** Codes of SQLite for trouble with the disk, the memory or others who use the file. */
const SQLITE_TROUBLE = /^SQLITE_(BUSY|LOCKED|NOMEM|READONLY|INTERRUPT|IOERR|FULL|CANTOPEN|PROTOCOL)/

/** Classes of SQLSTATE: connection, resources, locks, shutdown, file system of the server (PostgreSQL, appendix A). */
const POSTGRES_TROUBLE = /^(08|53|55|57|58)[0-9A-Z]{3}$/

/** Codes of the operating system, which libuv passes on. */
const SYSTEM_TROUBLE = /^E[A-Z0-9]+$/

/** Errors of the PostgreSQL client that bear no code; before them may stand the statement. */
const LOST_CONNECTION =
  /(^| - )(Connection terminated|Client has encountered a connection error|Query read timeout|timeout e)/

/**
 * Whether an error, or what caused it, is trouble of the machine below: disk, memory, network, database server. It passes
 * without anybody changing the mail or the program, so what failed is tried again.
 */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof WebtresorError) return error instanceof TransientError
  const { code } = error as { code?: unknown }
  const named = typeof code === 'string' ? code : ''
  return (
    SYSTEM_TROUBLE.test(named) ||
    SQLITE_TROUBLE.test(named) ||
    POSTGRES_TROUBLE.test(named) ||
    LOST_CONNECTION.test(error.message) ||
    error.name === 'KnexTimeoutError' ||
    isOutage(error.cause)
  )
}

/** What the outside gets for an error. Unknown errors count as transient: nothing is lost by trying again. */
export function consequenceOf(error: unknown): Consequence {
  const row = consequences.find(([kind]) => error instanceof kind) ?? consequences[0]!
  return row[1]
}
