import type { Access } from './access.ts'
import { folderAt } from './adding.ts'
import { change } from './change.ts'
import type { House } from './rows.ts'
import { liveFolder } from './tree.ts'

/**
 * Makes folders where they are missing, as they come with whole folders that are uploaded: those without files would not come
 * along otherwise. May be repeated.
 *
 * @param paths of each the names from below `parent` down to it
 * @returns their ids, in that order
 * @throws Refused `E_NAME`, `E_NAME_TAKEN` where a file has the name, `E_DEPTH`, `E_ROLE`, `E_ARCHIVED`; NotFound `E_NO_ENTRY`
 */
export function makeFolders(
  house: House,
  access: Access,
  parent: number | null,
  paths: string[][]
): Promise<number[]> {
  return change(house, access, 'add', async (at) => {
    await liveFolder(at.trx, access, parent)
    // Many paths begin alike.
    const known = new Map<string, number>()
    const made: number[] = []
    for (const path of paths) {
      let folder = parent
      let way = ''
      for (const step of path) {
        way += `/${step}`
        folder = known.get(way) ?? (await folderAt(at, access, folder, step))
        known.set(way, folder)
      }
      if (folder !== null) made.push(folder)
    }
    return made
  })
}
