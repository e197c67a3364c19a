import { Blobs } from '#blobs'
import storage from '#config/storage'
import { PermanentError } from '#errors'
import type { ApplicationService } from '@adonisjs/core/types'

/**
 * Refuses to go on without the key that opens what is stored, or with another one: mail would be taken in that nobody
 * can work on.
 *
 * @throws PermanentError `E_NO_STORAGE_KEY`, and as StorageKeys does
 */
export async function requireStorageKey(app: ApplicationService): Promise<void> {
  const blobs = await app.container.make(Blobs)
  if (blobs.readable) return
  throw new PermanentError(
    'E_NO_STORAGE_KEY',
    `storage.key is missing in ${storage.keysDir}, and nothing stored can be read without it: put it back from the backup of the keys`
  )
}
