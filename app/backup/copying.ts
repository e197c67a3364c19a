import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Copies one file so that it is there whole, and survives a power cut, or not at all. */
export async function copyDurably(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  const draft = `${to}.draft`
  await rm(draft, { force: true })
  await copyFile(from, draft)
  await settle(draft, to)
}

/** Gives a finished draft its name. */
export async function settle(draft: string, to: string): Promise<void> {
  await sync(draft)
  await rename(draft, to)
  await sync(dirname(to))
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Copies the files of a folder that has no folders in it; nothing where there is none. */
export async function copyFolder(from: string, to: string): Promise<void> {
  for (const name of await namesIn(from)) {
    if (!name.startsWith('.')) await copyDurably(join(from, name), join(to, name))
  }
}

/** What lies in a folder, nothing where there is none. */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

/** SHA-256 of a file, hex. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** Path of a blob below a folder of blobs, as the disk driver has it. */
export const blobPath = (folder: string, id: string) => join(folder, id.slice(-3), id)
