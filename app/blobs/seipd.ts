import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { random32 } from '../randomness.ts'
import { giveBack } from './give_back.ts'

/**
 * One SEIPD packet of version 2 with one literal packet in it, as RFC 9580 has them (sections 5.13.2 and 5.9), over node:crypto: no
 * key packets, AES-256 in GCM, AEAD chunks of 256 KiB. OpenPGP.js writes and reads the same, at ten times the cost for a small
 * mail; any implementation of the RFC reads what this writes (tests/integration/blobs/stock_openpgp.spec.ts).
 */

const VERSION_AND_ALGORITHMS = Buffer.from([2, 9, 3, 12])
const CHUNK = 2 ** (12 + 6)
const SALT = 32
const TAG = 16
const SEIPD = 18
const LITERAL = 11

/** Of the packet's tag and the four octets above: authenticated with each chunk, and bound into the key. */
const HEADER = Buffer.concat([Buffer.from([0xc0 | SEIPD]), VERSION_AND_ALGORITHMS])

/**
 * Keys go to node:crypto as key objects: to find that bytes are none it throws and catches an error, which takes longer
 * than sealing a small mail.
 */
interface MessageKey {
  key: KeyObject
  iv: Uint8Array
}

/** Section 5.13.2: HKDF with SHA-256 gives the key and all but the last eight octets of the nonce. */
function messageKey(sessionKey: Uint8Array, salt: Uint8Array): MessageKey {
  const secret = createSecretKey(sessionKey)
  const derived = new Uint8Array(hkdfSync('sha256', secret, salt, HEADER, 36))
  return { key: createSecretKey(derived.subarray(0, 32)), iv: derived.subarray(32) }
}

function nonce({ iv }: MessageKey, chunk: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.set(iv)
  bytes.writeUInt32BE(chunk, 8)
  return bytes
}

/** The final tag is over no text, and over how much text there was. */
function finalHeader(length: number): Buffer {
  const bytes = Buffer.alloc(HEADER.length + 8)
  bytes.set(HEADER)
  bytes.writeBigUInt64BE(BigInt(length), HEADER.length)
  return bytes
}

function bodyLength(length: number): Buffer {
  const bytes = Buffer.alloc(5)
  bytes[0] = 255
  bytes.writeUInt32BE(length, 1)
  return bytes
}

/** A literal packet's header, up to its text. */
function literalHeader(filename: string, length: number, date: Date): Buffer {
  const name = Buffer.from(filename)
  const time = Buffer.alloc(4)
  time.writeUInt32BE(Math.floor(date.getTime() / 1000))
  const fields = Buffer.concat([Buffer.from('b'), Buffer.from([name.length]), name, time])
  return Buffer.concat([Buffer.from([0xc0 | LITERAL]), bodyLength(fields.length + length), fields])
}

/** @param plain less than 4 GiB; @param filename up to 255 octets */
export function encryptMessage(
  sessionKey: Uint8Array,
  filename: string,
  plain: Uint8Array
): Buffer<ArrayBuffer> {
  const salt = random32()
  const key = messageKey(sessionKey, salt)
  const header = literalHeader(filename, plain.length, new Date())
  const length = header.length + plain.length
  const chunks = Math.ceil(length / CHUNK)
  const body = VERSION_AND_ALGORITHMS.length + SALT + length + (chunks + 1) * TAG
  const head = Buffer.concat([Buffer.from([0xc0 | SEIPD]), bodyLength(body)])
  const message = new Assembly(head.length + body)
  for (const piece of [head, VERSION_AND_ALGORITHMS, salt]) message.add(piece)
  for (let chunk = 0; chunk < chunks; chunk++) {
    const cipher = createCipheriv('aes-256-gcm', key.key, nonce(key, chunk)).setAAD(HEADER)
    const [start, end] = [chunk * CHUNK - header.length, (chunk + 1) * CHUNK - header.length]
    if (chunk === 0) message.add(cipher.update(header))
    message.take(cipher.update(plain.subarray(Math.max(0, start), end)))
    cipher.final()
    message.add(cipher.getAuthTag())
  }
  const last = createCipheriv('aes-256-gcm', key.key, nonce(key, chunks))
  last.setAAD(finalHeader(length)).final()
  message.add(last.getAuthTag())
  return message.bytes
}

/** Bytes that are put together where they stay. */
class Assembly {
  readonly bytes: Buffer<ArrayBuffer>
  #length = 0

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size)
  }

  add(piece: Uint8Array): void {
    this.bytes.set(piece, this.#length)
    this.#length += piece.length
  }

  /** Adds what nobody else holds. */
  take(piece: Buffer): void {
    this.add(piece)
    giveBack(piece)
  }
}

/**
 * What such a packet holds, once all of it is authenticated; nothing for a message of another shape, which OpenPGP may still allow.
 *
 * @throws Error when it is not under this key, or was changed
 */
export function decryptMessage(
  sessionKey: Uint8Array,
  sealed: Uint8Array
): { filename: string; data: Buffer } | undefined {
  const packet = onePacket(Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length), SEIPD)
  const start = VERSION_AND_ALGORITHMS.length + SALT
  if (!packet || packet.length < start + 2 * TAG) return undefined
  if (!packet.subarray(0, VERSION_AND_ALGORITHMS.length).equals(VERSION_AND_ALGORITHMS)) {
    return undefined
  }
  const key = messageKey(sessionKey, packet.subarray(VERSION_AND_ALGORITHMS.length, start))
  const text = decryptChunks(key, packet.subarray(start))
  const literal = onePacket(text, LITERAL)
  if (!literal || literal[0] !== 0x62 || literal.length < 6 + literal[1]!) return undefined
  const name = literal.subarray(2, 2 + literal[1]!)
  return { filename: name.toString(), data: literal.subarray(2 + name.length + 4) }
}

function decryptChunks(key: MessageKey, sealed: Buffer): Buffer {
  const end = sealed.length - TAG
  const chunks = Math.ceil(end / (CHUNK + TAG))
  const text = new Assembly(end - chunks * TAG)
  for (let chunk = 0; chunk < chunks; chunk++) {
    const at = chunk * (CHUNK + TAG)
    const border = Math.min(at + CHUNK + TAG, end) - TAG
    const decipher = createDecipheriv('aes-256-gcm', key.key, nonce(key, chunk))
    decipher.setAAD(HEADER).setAuthTag(sealed.subarray(border, border + TAG))
    text.take(decipher.update(sealed.subarray(at, border)))
    decipher.final()
  }
  const last = createDecipheriv('aes-256-gcm', key.key, nonce(key, chunks))
  last.setAAD(finalHeader(text.bytes.length)).setAuthTag(sealed.subarray(end)).final()
  return text.bytes
}

/** The body of the one packet that `bytes` consist of; nothing where they are several, of another kind, or in partial lengths. */
function onePacket(bytes: Buffer, tag: number): Buffer | undefined {
  const first = bytes[1]
  if (bytes[0] !== (0xc0 | tag) || first === undefined) return undefined
  const [start, length] =
    first < 192
      ? [2, first]
      : first < 224 && bytes.length > 2
        ? [3, (first - 192) * 256 + bytes[2]! + 192]
        : first === 255 && bytes.length > 5
          ? [6, bytes.readUInt32BE(2)]
          : [0, -1]
  return length === bytes.length - start ? bytes.subarray(start) : undefined
}
