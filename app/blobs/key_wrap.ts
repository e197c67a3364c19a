import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { IntegrityError } from '#errors'

/** RFC 3394, 2.2.3.1: the initial value, which unwrapping checks. */
const INITIAL_VALUE = Buffer.from('A6A6A6A6A6A6A6A6', 'hex')

/** Wraps a key of 32 bytes under another (AES-256 key wrap, RFC 3394); hex of 40 bytes. */
export function wrapKey(epochKey: Uint8Array, key: Uint8Array): string {
  const cipher = createCipheriv('id-aes256-wrap', createSecretKey(epochKey), INITIAL_VALUE)
  return Buffer.concat([cipher.update(key), cipher.final()]).toString('hex')
}

/** @throws IntegrityError `E_BLOB_KEY_TAMPERED` when the wrapped key was changed or is under another epoch key */
export function unwrapKey(epochKey: Uint8Array, wrapped: string): Uint8Array {
  try {
    const decipher = createDecipheriv('id-aes256-wrap', createSecretKey(epochKey), INITIAL_VALUE)
    const key = Buffer.concat([decipher.update(Buffer.from(wrapped, 'hex')), decipher.final()])
    // OpenSSL takes an empty input for a wrapped empty key.
    if (key.length !== 32) throw new RangeError(`${key.length} bytes`)
    return new Uint8Array(key)
  } catch (cause) {
    throw new IntegrityError('E_BLOB_KEY_TAMPERED', 'The wrapped key of a blob was tampered with', {
      cause,
    })
  }
}
