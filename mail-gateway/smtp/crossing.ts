import type { Envelope } from '#archive'
import {
  IntegrityError,
  NotFound,
  PermanentError,
  Refused,
  TransientError,
  type WebtresorError,
} from '#errors'
import type { SealedBytes } from '#sealing'
import type { BlockList } from 'node:net'
import type { ListenerLog } from './server.ts'

/* What crosses between the thread on the wire (listener_thread.ts) and the one with the database (threaded_listener.ts). */

export interface ThreadOptions {
  host: string
  port: number
  hostname: string
  /** Bytes. */
  maxMessageSize: number
  trustedNetworks: BlockList
  /** Where blobs lie. */
  blobs: string
  /** Of the HMAC on mails of our own. */
  identityKey: Uint8Array
}

/** A mail that is on the disk, and of which no row knows. */
export interface SealedMail {
  sealed: SealedBytes
  /** Its first bytes, as `Beginning` keeps them. */
  beginning: Uint8Array<ArrayBuffer>
  envelope: Envelope
}

export type Question = { mail: SealedMail } | { hasDomain: true }

export type FromThread =
  | { listening: number }
  | { notListening: Failure }
  | { stopped: true }
  | { level: keyof ListenerLog; fields: object; text: string }
  | { id: number; question: Question }

export type ToThread =
  { stop: number } | { id: number; answer: number | boolean } | { id: number; failure: Failure }

/** An error without its class, which does not cross. */
export interface Failure {
  name: string
  message: string
  code?: string
  /** What the operating system tells beside its code. */
  system: { syscall?: string; address?: string; port?: number }
  stack?: string
  cause?: Failure
}

const classes: Record<string, new (code: string, message: string) => WebtresorError> = {
  TransientError,
  PermanentError,
  IntegrityError,
  NotFound,
  Refused,
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), system: {} }
  const { name, message, stack } = error
  const { code, syscall, address, port } = error as Error & Failure['system'] & { code?: unknown }
  return {
    ...{ name, message, stack, system: { syscall, address, port } },
    code: typeof code === 'string' ? code : undefined,
    cause: error.cause === undefined ? undefined : failureOf(error.cause),
  }
}

/** The error that `failureOf` was told, of the same class where it is ours. */
export function errorOf({ name, message, code, system, stack, cause }: Failure): Error {
  const known = classes[name]
  const error = known && code !== undefined ? new known(code, message) : new Error(message)
  const told = { name, code, ...system, stack, cause: cause && errorOf(cause) }
  for (const [fact, value] of Object.entries(told)) {
    if (value !== undefined) Object.assign(error, { [fact]: value })
  }
  return error
}
