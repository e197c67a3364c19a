import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PermanentError } from '#errors'
import { settle } from './copying.ts'

/** What a finished backup says of itself. */
export interface Manifest {
  format: 'webtresor-backup/1'
  /** UTC, ISO 8601. */
  at: string
  database: { file: 'database.sqlite3' | 'database.dump'; size: number; sha256: string }
  /** How many, and their bytes as they lie on disk. */
  blobs: { count: number; size: number }
}

const fileOf = (folder: string) => join(folder, 'manifest.json')

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const draft = `${fileOf(folder)}.draft`
  await writeFile(draft, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
  await settle(draft, fileOf(folder))
}

/** Until the next one is written, the backup is not finished. */
export async function withdrawManifest(folder: string): Promise<void> {
  await rm(fileOf(folder), { force: true })
}

/** @throws PermanentError `E_NO_BACKUP` */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(fileOf(folder), 'utf8').catch((cause: unknown) => {
    throw new PermanentError(
      'E_NO_BACKUP',
      `${folder} is no finished backup: there is no manifest.json. Run backup again, or name another folder`,
      { cause }
    )
  })
  const manifest = JSON.parse(text) as Manifest
  if (manifest.format !== 'webtresor-backup/1') {
    throw new PermanentError(
      'E_NO_BACKUP',
      `${folder} has a format that this version does not know: ${String(manifest.format)}`
    )
  }
  return manifest
}
