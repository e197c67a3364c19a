import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto'
import { IntegrityError } from '#errors'

/** C2SP signed-note with Ed25519 keys (signature type 0x01). */

const ED25519 = Buffer.from([1])
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

export interface NoteKey {
  name: string
  /** First 4 bytes of SHA-256 over name, newline, type and public key. */
  id: Buffer
  publicKey: KeyObject
}

/** A name fit for keys: not empty, no spaces, no control characters, no plus. */
export function isKeyName(name: string): boolean {
  return /^[^\s\p{Z}\p{Cc}+]+$/u.test(name)
}

/** @param raw the 32 bytes of RFC 8032 */
export function noteKey(name: string, raw: Buffer): NoteKey {
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), ED25519, raw]), 'buffer')
  const spki = Buffer.concat([SPKI_PREFIX, raw])
  const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  return { name, id: id.subarray(0, 4), publicKey }
}

export function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length)
}

/** The line `<name>+<key id>+<key>`, without its newline. */
export function formatVkey(key: NoteKey): string {
  const material = Buffer.concat([ED25519, rawPublicKey(key.publicKey)])
  return `${key.name}+${key.id.toString('hex')}+${material.toString('base64')}`
}

/** @throws IntegrityError `E_VKEY` unless the line is well-formed and its key id fits */
export function parseVkey(line: string): NoteKey {
  const [name = '', id, encoded = ''] = splitKey(line)
  const material = strictBase64(encoded)
  if (isKeyName(name) && material?.length === 33 && material[0] === 1) {
    const key = noteKey(name, material.subarray(1))
    if (key.id.toString('hex') === id) return key
  }
  throw new IntegrityError('E_VKEY', 'Not the public key of a ledger')
}

/** Name, id and material of `name+id+material`; base64 may hold a plus, name and id may not. */
export function splitKey(line: string): string[] {
  return line.split(/\+([^+]*)\+(.*)/s, 3)
}

/** One signature line, with its newline. */
export function signatureLine(key: NoteKey, signature: Buffer): string {
  return `— ${key.name} ${Buffer.concat([key.id, signature]).toString('base64')}\n`
}

/** Text and signature lines of a note. @throws IntegrityError `E_NOTE` when it is malformed */
export function splitNote(note: string): { text: string; signatures: NoteSignature[] } {
  const border = note.lastIndexOf('\n\n')
  if (border < 1 || !note.endsWith('\n') || /[^\P{Cc}\n]/u.test(note)) throw malformed()
  const lines = note.slice(border + 2, -1).split('\n')
  return { text: note.slice(0, border + 1), signatures: lines.map(parseSignature) }
}

export interface NoteSignature {
  name: string
  id: Buffer
  signature: Buffer
}

function parseSignature(line: string): NoteSignature {
  const [dash, name = '', encoded = '', ...rest] = line.split(' ')
  const bytes = strictBase64(encoded)
  if (dash !== '—' || !isKeyName(name) || rest.length > 0 || !bytes || bytes.length < 5) {
    throw malformed()
  }
  return { name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) }
}

/**
 * The text of a note that `key` signed. Signatures of other keys are ignored.
 *
 * @throws IntegrityError `E_NOTE` malformed, `E_OTHER_KEY` signed by others only, `E_SIGNATURE` the signature is bad
 */
export function openNote(note: string, key: NoteKey): string {
  const { text, signatures } = splitNote(note)
  const own = signatures.filter(({ name, id }) => name === key.name && id.equals(key.id))
  if (own.length === 0) {
    const names = signatures.map(({ name, id }) => `${name}+${id.toString('hex')}`).join(', ')
    throw new IntegrityError('E_OTHER_KEY', `Signed by ${names}, not by the key ${formatVkey(key)}`)
  }
  const bytes = Buffer.from(text)
  if (!own.every(({ signature }) => verify(null, bytes, key.publicKey, signature))) {
    throw new IntegrityError('E_SIGNATURE', `The signature of ${key.name} does not hold`)
  }
  return text
}

/** Bytes of canonical, padded base64, else undefined: Node itself skips whatever it does not know. */
export function strictBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

function malformed(): IntegrityError {
  return new IntegrityError('E_NOTE', 'Not a signed note')
}
