import {
  createMessage,
  decrypt,
  encrypt,
  generateKey,
  readKey,
  readMessage,
  readPrivateKey,
  type Key,
  type PrivateKey,
} from 'openpgp'
import type { Database } from '@adonisjs/lucid/database'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { IntegrityError, PermanentError } from '#errors'
import { secretFile } from '#secret_file'
import { PROFILE } from './openpgp_profile.ts'

/**
 * The installation's storage key pair, and the optional recovery public key: what epoch keys are encrypted to.
 *
 * Without the private half it seals and cannot open, which is enough to accept mail.
 */
export class StorageKeys {
  #publicKey: Key
  #privateKey: PrivateKey | null
  #recoveryKey: Key | null
  /** A recovery key that expires while the process runs does not stop mail: it counts as of the start. */
  #loadedAt = new Date()

  private constructor(publicKey: Key, privateKey: PrivateKey | null, recoveryKey: Key | null) {
    this.#publicKey = publicKey
    this.#privateKey = privateKey
    this.#recoveryKey = recoveryKey
  }

  /**
   * Reads `storage.key` (armored private key, mode 0600) and `storage.pub` from the key folder. Makes the pair where both
   * are missing, and the public file where only that is; a folder with only `storage.pub` gives keys that only seal.
   *
   * @param options.recoveryPublicKey armored; its private half is kept elsewhere and opens everything written from now on
   * @throws PermanentError `E_STORAGE_KEY` for files that are not a pair, `E_RECOVERY_KEY` for an unusable recovery key
   */
  static async load(
    keysDir: string,
    options: { recoveryPublicKey?: string } = {}
  ): Promise<StorageKeys> {
    const keyFile = join(keysDir, 'storage.key')
    const publicFile = join(keysDir, 'storage.pub')
    const recoveryKey =
      options.recoveryPublicKey === undefined
        ? null
        : await readRecoveryKey(options.recoveryPublicKey)

    const writesOnly = existsSync(publicFile) && !existsSync(keyFile)
    const privateKey = writesOnly
      ? null
      : await readFileWith(keyFile, await secretFile(keyFile, makePair), (armoredKey) =>
          readPrivateKey({ armoredKey })
        )
    const armored = await secretFile(publicFile, () => privateKey!.toPublic().armor())
    const publicKey = await readFileWith(publicFile, armored, (armoredKey) =>
      readKey({ armoredKey })
    )
    if (privateKey && privateKey.getFingerprint() !== publicKey.getFingerprint()) {
      throw new PermanentError(
        'E_STORAGE_KEY',
        `${keyFile} and ${publicFile} are not the two halves of one key pair`
      )
    }
    return new StorageKeys(publicKey, privateKey, recoveryKey)
  }

  /** Fingerprint of the public key, hex. */
  get fingerprint(): string {
    return this.#publicKey.getFingerprint()
  }

  /** Whether the private half is here, without which nothing can be read. */
  get canOpen(): boolean {
    return this.#privateKey !== null
  }

  /**
   * Refuses a database whose blobs are under another storage key: writing on would split the archive between two keys.
   *
   * @throws PermanentError `E_STORAGE_KEY_MISMATCH`
   */
  async assertMatches(db: Database): Promise<void> {
    const other = await db
      .from('epoch_keys')
      .whereNot('public_key', this.fingerprint)
      .select('public_key')
      .first()
    if (!other) return
    throw new PermanentError(
      'E_STORAGE_KEY_MISMATCH',
      `The archive in this database is encrypted to storage key ${other.public_key}, but the key folder holds ` +
        `${this.fingerprint}: put the right storage.key and storage.pub back, from the backup of the keys`
    )
  }

  /** Encrypts a small secret to the storage key and the recovery key, under a name; armored. */
  async seal(name: string, secret: Uint8Array): Promise<string> {
    const message = await createMessage({ binary: secret, filename: name })
    const sealed = await encrypt({
      message,
      encryptionKeys: this.#recoveryKey ? [this.#publicKey, this.#recoveryKey] : [this.#publicKey],
      date: this.#loadedAt,
      config: PROFILE,
    })
    return sealed as string
  }

  /**
   * Decrypts what `seal` gave under the same name.
   *
   * @throws PermanentError `E_NO_STORAGE_KEY` without the private half; IntegrityError `E_BLOB_KEY_TAMPERED`
   */
  async open(name: string, armored: string): Promise<Uint8Array> {
    if (!this.#privateKey) {
      throw new PermanentError(
        'E_NO_STORAGE_KEY',
        'Reading needs storage.key; here is only storage.pub'
      )
    }
    try {
      const opened = await decrypt({
        message: await readMessage({ armoredMessage: armored, config: PROFILE }),
        decryptionKeys: this.#privateKey,
        format: 'binary',
        config: PROFILE,
      })
      if (opened.filename !== name) throw new Error(`it is ${opened.filename}`)
      return opened.data as Uint8Array
    } catch (cause) {
      throw new IntegrityError(
        'E_BLOB_KEY_TAMPERED',
        `${name} cannot be opened: it was tampered with, or is for another storage key`,
        { cause }
      )
    }
  }
}

async function makePair(): Promise<string> {
  const { privateKey } = await generateKey({
    type: 'curve25519',
    userIDs: { name: 'Webtresor storage' },
    // A clock that is set back a little later must not meet a key from the future.
    date: new Date(Date.now() - 24 * 3600 * 1000),
    format: 'armored',
    config: PROFILE,
  })
  return privateKey
}

async function readFileWith<T>(
  file: string,
  armored: string,
  read: (armored: string) => Promise<T>
): Promise<T> {
  try {
    return await read(armored)
  } catch (cause) {
    throw new PermanentError('E_STORAGE_KEY', `${file} is not an armored OpenPGP key`, { cause })
  }
}

async function readRecoveryKey(armoredKey: string): Promise<Key> {
  const key = await readKey({ armoredKey }).catch((cause: unknown) => {
    throw new PermanentError('E_RECOVERY_KEY', 'The recovery key is not an armored OpenPGP key', {
      cause,
    })
  })
  if (key.isPrivate()) {
    throw new PermanentError(
      'E_RECOVERY_KEY',
      'The recovery key is a private key: give its public half, and keep the private half off this machine'
    )
  }
  await key.getEncryptionKey().catch((cause: unknown) => {
    throw new PermanentError('E_RECOVERY_KEY', 'Nothing can be encrypted to the recovery key', {
      cause,
    })
  })
  return key
}
