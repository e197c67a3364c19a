import type { Envelope } from '#archive'
import type { SealedBytes } from '#sealing'
import type { BlockList } from 'node:net'
import type { Failure } from '../thread.ts'
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

/** A sealed mail of which no row knows: it is on the disk, or small and comes along. */
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
