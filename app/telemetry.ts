import { codesOf } from './anonymous.ts'

/**
 * The one place where business events are counted and logged. One function an event; none ever throws, none
 * carries personal data: messages go by their number, people by their account number, replies by their codes.
 */

interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

let log: Log | undefined
const counts = new Map<string, number>()

function count(event: string, level: keyof Log, fields: object) {
  try {
    counts.set(event, (counts.get(event) ?? 0) + 1)
    log?.[level]({ event, ...fields }, event)
  } catch {
    // Telling about an event must never undo the event.
  }
}

export const telemetry = {
  /** Gives events a logger; without one they are only counted. */
  logTo(logger: Log) {
    log = logger
  },
  /** Counts since the process started, by event. */
  counts: (): ReadonlyMap<string, number> => counts,

  accepted: (fields: { number: number; size: number }) => count('accepted', 'info', fields),
  processed: (fields: { number: number; state: string; reason?: string }) =>
    count('processed', 'info', fields),
  held: (fields: { number: number; reason: string }) => count('held', 'warn', fields),
  scanned: (fields: { number: number; part: string; status: string }) =>
    count('scanned', 'info', fields),
  delivered: (fields: { number: number; delivery: number }) => count('delivered', 'info', fields),
  deferred: (fields: { number: number; delivery: number; reply: string }) =>
    count('deferred', 'warn', { ...fields, reply: codesOf(fields.reply) }),
  bounced: (fields: { number: number; delivery: number; reply: string }) =>
    count('bounced', 'warn', { ...fields, reply: codesOf(fields.reply) }),
  linkOpened: (fields: { number: number }) => count('link_opened', 'info', fields),
  linkConfirmed: (fields: { number: number }) => count('link_confirmed', 'info', fields),
  downloaded: (fields: { number: number; bytes: number }) => count('downloaded', 'info', fields),
  uploaded: (fields: { bytes: number }) => count('uploaded', 'info', fields),
  checked: (fields: { versions: number; status: string }) => count('checked', 'info', fields),
  swept: (fields: { blobs: number }) => count('swept', 'info', fields),
  posted: (fields: { kind: string }) => count('posted', 'info', fields),
  failed: (fields: { what: string; error: unknown }) =>
    count('failed', 'error', { what: fields.what, err: fields.error }),
}
