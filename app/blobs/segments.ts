import { createMessage, decrypt, encrypt, enums, readMessage } from 'openpgp'
import { IntegrityError } from '#errors'
import { PROFILE } from './openpgp_profile.ts'

/** Plain text of a segment in bytes. Larger ones are no faster, and hold memory and the event loop longer. */
export const SEGMENT_SIZE = 1024 * 1024

/** A segment's place: which blob, which number from 0, and whether the blob ends with it. */
export interface SegmentPlace {
  blob: string
  index: number
  last: boolean
}

/** One OpenPGP message that holds `plain` and, as the literal packet's file name, its place. */
export async function sealSegment(
  key: Uint8Array,
  place: SegmentPlace,
  plain: Uint8Array
): Promise<Uint8Array> {
  return inTurn(async () => {
    const message = await createMessage({ binary: plain, filename: nameOf(place) })
    const sealed = await encrypt({
      message,
      sessionKey: sessionKey(key),
      format: 'binary',
      config: PROFILE,
    })
    return sealed as Uint8Array
  })
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
  const opened = await inTurn(() => decryptSegment(key, sealed)).catch((error: unknown) => {
    throw tampered(name, 'it cannot be authenticated', error)
  })
  if (opened.filename !== name) throw tampered(name, `it is segment ${opened.filename}`)
  return opened.data
}

async function decryptSegment(key: Uint8Array, sealed: Uint8Array) {
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

let turn: Promise<unknown> = Promise.resolve()

/**
 * One segment at a time in this process. OpenPGP.js leaves about six copies of a segment to the garbage collector; four
 * writers at once are no faster than one after the other, and hold 70 MB more (tried).
 */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = turn.then(work)
  turn = mine.then(
    () => {},
    () => {}
  )
  return mine
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
