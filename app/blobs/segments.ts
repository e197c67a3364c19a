import { decrypt, enums, readMessage } from 'openpgp'
import { IntegrityError } from '#errors'
import { PROFILE } from './openpgp_profile.ts'
import { decryptMessage, encryptMessage } from './seipd.ts'

/** Plain text of a segment in bytes. Larger ones are no faster, and hold memory and the event loop longer. */
export const SEGMENT_SIZE = 1024 * 1024

/** A segment's place: which blob, which number from 0, and whether the blob ends with it. */
export interface SegmentPlace {
  blob: string
  index: number
  last: boolean
}

/** One OpenPGP message that holds `plain` and, as the literal packet's file name, its place. */
export function sealSegment(key: Uint8Array, place: SegmentPlace, plain: Uint8Array): Uint8Array {
  return encryptMessage(key, nameOf(place), plain)
}

/**
 * The plain text of a sealed segment.
 *
 * @throws IntegrityError `E_BLOB_TAMPERED` when it was changed, is not under this key, or belongs to another place
 */
export async function openSegment(
  key: Uint8Array,
  place: SegmentPlace,
  sealed: Uint8Array
): Promise<Uint8Array> {
  const name = nameOf(place)
  const opened = await decryptSegment(key, sealed).catch((error: unknown) => {
    throw tampered(name, 'it cannot be authenticated', error)
  })
  if (opened.filename !== name) throw tampered(name, `it is segment ${opened.filename}`)
  return opened.data
}

/** What an earlier version may have written in another shape, OpenPGP.js reads. */
async function decryptSegment(key: Uint8Array, sealed: Uint8Array) {
  const known = decryptMessage(key, sealed)
  if (known) return known
  const message = await readMessage({ binaryMessage: sealed, config: PROFILE })
  const [packet, ...more] = message.packets as unknown as { constructor: { tag: number } }[]
  if (packet?.constructor.tag !== enums.packet.symEncryptedIntegrityProtectedData || more.length) {
    throw new Error('not exactly one SEIPD packet')
  }
  const opened = await decrypt({
    message,
    sessionKeys: sessionKey(key),
    format: 'binary',
    config: PROFILE,
  })
  return { data: opened.data as Uint8Array, filename: opened.filename }
}

function sessionKey(data: Uint8Array) {
  return { data, algorithm: 'aes256', aeadAlgorithm: 'gcm' } as const
}

function nameOf({ blob, index, last }: SegmentPlace): string {
  return `${blob}:${index}${last ? ':last' : ''}`
}

function tampered(name: string, why: string, cause?: unknown): IntegrityError {
  return new IntegrityError('E_BLOB_TAMPERED', `Segment ${name} was tampered with: ${why}`, {
    cause,
  })
}
