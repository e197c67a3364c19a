import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { IntegrityError, PermanentError, Refused } from '#errors'
import { blobPath, copyDurably, copyFolder, digestOf, namesIn } from './copying.ts'
import { loadPostgres } from './database_dump.ts'
import { readManifest, type Manifest } from './manifest.ts'
import type { Place } from './place.ts'

/**
 * Brings a backup back to where nothing is yet. Afterwards the archive is to be verified, by whoever has the keys.
 *
 * @param options.keys folder with the keys, where KEYS_DIR has none
 * @throws PermanentError `E_NO_BACKUP`, `E_NO_KEYS`, `E_PG_DUMP`; Refused `E_NOT_EMPTY`; IntegrityError `E_BACKUP_DAMAGED`
 */
export async function restore(
  folder: string,
  place: Place,
  options: { keys?: string } = {}
): Promise<Manifest> {
  const manifest = await readManifest(folder)
  await refuseUsed(place, manifest)
  await checkKeys(place, options.keys)
  const dump = join(folder, manifest.database.file)
  if ((await digestOf(dump)) !== manifest.database.sha256) {
    throw new IntegrityError('E_BACKUP_DAMAGED', `${dump} is not what the manifest says`)
  }
  await copyBlobs(folder, place, manifest)
  await copyFolder(join(folder, 'checkpoints'), place.checkpointsDir)
  if (options.keys) await copyFolder(options.keys, place.keysDir)
  // The database comes last: without it nothing that broke off looks like an installation.
  if (place.databaseUrl) await loadPostgres(place.databaseUrl, dump)
  else await copyDurably(dump, place.databaseFile)
  return manifest
}

async function refuseUsed(place: Place, { database }: Manifest): Promise<void> {
  const forPostgres = database.file === 'database.dump'
  if (forPostgres !== Boolean(place.databaseUrl)) {
    throw new PermanentError(
      'E_NO_BACKUP',
      forPostgres
        ? 'This is a backup of PostgreSQL: set DATABASE_URL to an empty database'
        : 'This is a backup of SQLite: leave DATABASE_URL out'
    )
  }
  const used = [place.blobsDir, place.checkpointsDir]
  for (const dir of used) {
    if ((await namesIn(dir)).length > 0) throw notEmpty(dir)
  }
  if (!place.databaseUrl && (await exists(place.databaseFile))) throw notEmpty(place.databaseFile)
}

const notEmpty = (what: string) =>
  new Refused('E_NOT_EMPTY', `${what} is not empty: restore into a new DATA_DIR, or move it away`)

async function checkKeys({ keysDir }: Place, keys: string | undefined): Promise<void> {
  const there = await exists(join(keysDir, 'storage.key'))
  if (keys && there) throw notEmpty(keysDir)
  if (there || (keys && (await exists(join(keys, 'storage.key'))))) return
  throw new PermanentError(
    'E_NO_KEYS',
    'Without its storage.key nothing can be read: put the keys into KEYS_DIR, or name their folder with --keys'
  )
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false
  )
}

async function copyBlobs(folder: string, { blobsDir }: Place, { blobs }: Manifest): Promise<void> {
  const from = join(folder, 'blobs')
  let count = 0
  for (const shard of await namesIn(from)) {
    for (const id of await namesIn(join(from, shard))) {
      await copyDurably(blobPath(from, id), blobPath(blobsDir, id))
      count++
    }
  }
  if (count < blobs.count) {
    throw new IntegrityError(
      'E_BACKUP_DAMAGED',
      `${from} has ${count} blobs, the manifest says ${blobs.count}: take another backup, or find the missing ones`
    )
  }
}
