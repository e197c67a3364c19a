import { createPrivateKey, createPublicKey, randomBytes, sign, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { IntegrityError } from '#errors'
import { secretFile } from '#secret_file'
import { formatCheckpoint, parseCheckpoint, type Checkpoint } from './checkpoint.ts'
import {
  formatVkey,
  isKeyName,
  noteKey,
  openNote,
  rawPublicKey,
  signatureLine,
  splitKey,
  strictBase64,
  type NoteKey,
} from './signed_note.ts'

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')
const PRIVATE = 'PRIVATE+KEY+'

/** Signs and opens the checkpoints of one ledger. */
export class LedgerSigner {
  /** The public key as one line, see docs/archive-format.md. */
  readonly vkey: string
  readonly #key: NoteKey
  readonly #privateKey: KeyObject

  private constructor(key: NoteKey, privateKey: KeyObject) {
    this.#key = key
    this.#privateKey = privateKey
    this.vkey = formatVkey(key)
  }

  /**
   * Reads `ledger.key` and `ledger.vkey` from `keysDir`, or makes them once.
   *
   * @param origin name of a new ledger, such as `archive.firm.example/ledger`; a ledger keeps the name it was made with
   * @throws IntegrityError `E_LEDGER_KEY` when a file is damaged or the two do not belong together
   */
  static async load(keysDir: string, origin: string): Promise<LedgerSigner> {
    const path = join(keysDir, 'ledger.key')
    const text = await secretFile(path, () => `${formatSkey(origin, randomBytes(32))}\n`)
    const signer = LedgerSigner.fromSkey(text.trimEnd(), path)
    const publicPath = join(keysDir, 'ledger.vkey')
    const vkey = await secretFile(publicPath, () => `${signer.vkey}\n`)
    if (vkey.trimEnd() !== signer.vkey) {
      throw new IntegrityError('E_LEDGER_KEY', `${publicPath} is not the public key of ${path}`)
    }
    return signer
  }

  /** @param place named in the error when `skey` is damaged */
  static fromSkey(skey: string, place = 'The key'): LedgerSigner {
    const [name = '', id, encoded = ''] = skey.startsWith(PRIVATE)
      ? splitKey(skey.slice(PRIVATE.length))
      : []
    const material = strictBase64(encoded)
    if (isKeyName(name) && material?.length === 33 && material[0] === 1) {
      const privateKey = privateKeyOf(material.subarray(1))
      const key = noteKey(name, rawPublicKey(createPublicKey(privateKey)))
      if (key.id.toString('hex') === id) return new LedgerSigner(key, privateKey)
    }
    throw new IntegrityError('E_LEDGER_KEY', `${place} is damaged; put back a copy of it`)
  }

  /** The signed checkpoint of a tree. */
  sign(size: number, root: Buffer): string {
    const text = formatCheckpoint({ origin: this.#key.name, size, root })
    return `${text}\n${signatureLine(this.#key, sign(null, Buffer.from(text), this.#privateKey))}`
  }

  /**
   * Reads a checkpoint that this ledger signed.
   *
   * @throws IntegrityError `E_NOTE`, `E_OTHER_KEY`, `E_SIGNATURE` or `E_CHECKPOINT`
   */
  open(note: string): Checkpoint {
    const checkpoint = parseCheckpoint(openNote(note, this.#key))
    if (checkpoint.origin !== this.#key.name) {
      throw new IntegrityError('E_CHECKPOINT', `A checkpoint of ${checkpoint.origin}`)
    }
    return checkpoint
  }
}

function privateKeyOf(seed: Buffer): KeyObject {
  return createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  })
}

/** @throws IntegrityError `E_LEDGER_KEY` when `name` cannot name a key */
export function formatSkey(name: string, seed: Buffer): string {
  if (!isKeyName(name)) {
    throw new IntegrityError('E_LEDGER_KEY', `A ledger cannot be named "${name}"`)
  }
  const key = noteKey(name, rawPublicKey(createPublicKey(privateKeyOf(seed))))
  const material = Buffer.concat([Buffer.from([1]), seed]).toString('base64')
  return `${PRIVATE}${name}+${key.id.toString('hex')}+${material}`
}
