import { decrypt, enums, readMessage } from 'openpgp'
import { IntegrityError } from '#errors'
import { PROFILE } from './openpgp_profile.ts'
import { decryptMessage } from './seipd.ts'
import { placeOf, type SegmentPlace } from './segments.ts'

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
  const name = placeOf(place)
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

function tampered(name: string, why: string, cause?: unknown): IntegrityError {
  return new IntegrityError('E_BLOB_TAMPERED', `Segment ${name} was tampered with: ${why}`, {
    cause,
  })
}
