import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

async function changedAt(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => 0
  )
}

/** Builds `public/assets` when a stylesheet or script is younger than the last build. */
export async function freshAssets() {
  const names = ['css', 'js'].map((folder) => join(root, 'resources', folder))
  const sources = [join(root, 'vite.config.ts')]
  for (const folder of names) {
    for (const name of await readdir(folder, { recursive: true })) sources.push(join(folder, name))
  }
  const youngest = Math.max(...(await Promise.all(sources.map(changedAt))))
  if (youngest <= (await changedAt(join(root, 'public/assets/.vite/manifest.json')))) return
  const { build } = await import('vite')
  await build({ root, logLevel: 'error' })
}
