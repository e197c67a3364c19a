import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '@adonisjs/lucid/database'
import { IntegrityError } from '#errors'
import { blobPath, copyDurably, copyFolder, digestOf, namesIn, settle } from './copying.ts'
import { dumpPostgres, dumpSqlite } from './database_dump.ts'
import { withdrawManifest, writeManifest, type Manifest } from './manifest.ts'
import type { Place } from './place.ts'

/** Ids asked for in one query. */
const PAGE = 500

export interface BackedUp {
  manifest: Manifest
  /** Blobs that this run copied, and that it removed since they were shredded. */
  copied: number
  removed: number
}

/**
 * Backs the installation up into `folder`.
 *
 * @param options.keys folder for the keys, apart from the rest; nothing: they stay where they are
 * @throws IntegrityError `E_BLOB_MISSING` for a blob that should be there; PermanentError `E_PG_DUMP`; errors of the disk
 */
export async function backUp(
  place: Place,
  db: Database,
  folder: string,
  options: { keys?: string; now?: Date } = {}
): Promise<BackedUp> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await withdrawManifest(folder)
  // Before the database: a checkpoint of mail that comes meanwhile would have it look as if it had been set back.
  await copyFolder(place.checkpointsDir, join(folder, 'checkpoints'))
  const database = await copyDatabase(place, db, folder)
  const blobs = join(folder, 'blobs')
  const { count, size, copied } = await copyBlobs(place, db, blobs)
  const removed = await removeShredded(db, blobs)
  if (options.keys) await copyFolder(place.keysDir, options.keys)
  const at = (options.now ?? new Date()).toISOString()
  const manifest: Manifest = { format: 'webtresor-backup/1', at, database, blobs: { count, size } }
  await writeManifest(folder, manifest)
  return { manifest, copied, removed }
}

async function copyDatabase(
  { databaseUrl }: Place,
  db: Database,
  folder: string
): Promise<Manifest['database']> {
  const file = databaseUrl ? 'database.dump' : 'database.sqlite3'
  const path = join(folder, file)
  const draft = `${path}.draft`
  await rm(draft, { force: true })
  if (databaseUrl) await dumpPostgres(databaseUrl, draft)
  else await dumpSqlite(db, draft)
  await settle(draft, path)
  return { file, size: (await stat(path)).size, sha256: await digestOf(path) }
}

async function copyBlobs({ blobsDir }: Place, db: Database, to: string) {
  const sum = { count: 0, size: 0, copied: 0 }
  for (let after = ''; ;) {
    const ids = await liveIds(db, after)
    for (const id of ids) {
      const target = blobPath(to, id)
      const known = await sizeOf(target)
      if (known === undefined) {
        if (!(await copyBlob(db, blobsDir, id, target))) continue
        sum.copied++
      }
      sum.count++
      sum.size += known ?? (await sizeOf(target))!
    }
    if (ids.length < PAGE) return sum
    after = ids.at(-1)!
  }
}

/** Of those with a file; small ones came with the database. */
async function liveIds(db: Database, after: string): Promise<string[]> {
  const rows: { id: string }[] = await db
    .from('blobs')
    .whereNull('shredded_at')
    .whereNotExists((small) => void small.from('small_blobs').whereColumn('blob', 'blobs.id'))
    .where('id', '>', after)
    .orderBy('id')
    .limit(PAGE)
    .select('id')
  return rows.map(({ id }) => id)
}

/** @returns false for one that was shredded meanwhile */
async function copyBlob(db: Database, from: string, id: string, to: string): Promise<boolean> {
  try {
    await copyDurably(blobPath(from, id), to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const row = await db.from('blobs').where('id', id).whereNull('shredded_at').first()
    if (!row) return false
    throw new IntegrityError(
      'E_BLOB_MISSING',
      `The bytes of blob ${id} are missing, so this backup is not finished: run archive:verify`
    )
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined
  )
}

/** Erased is erased in backups too. */
async function removeShredded(db: Database, blobs: string): Promise<number> {
  let removed = 0
  for (const shard of await namesIn(blobs)) {
    const names = await readdir(join(blobs, shard))
    for (let start = 0; start < names.length; start += PAGE) {
      const page = names.slice(start, start + PAGE)
      const rows: { id: string }[] = await db
        .from('blobs')
        .whereIn('id', page)
        .whereNull('shredded_at')
        .select('id')
      const live = new Set(rows.map(({ id }) => id))
      for (const name of page) {
        if (live.has(name)) continue
        await rm(join(blobs, shard, name))
        removed++
      }
    }
  }
  return removed
}
