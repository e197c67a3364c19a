import { Refused } from '#errors'
import type { Access } from './access.ts'
import { nameTaken, refuseLocked, takenBy, type Conflict } from './adding.ts'
import { entriesWithContent, type EntryRow } from './entries.ts'
import { checkedName } from './names.ts'
import { assertMay } from './roles.ts'
import { countEntries, refuseMany, type House } from './rows.ts'
import { assertDepth, liveFolder, visibleTo } from './tree.ts'

/** Where a file is to go: its name, and folders below the one it is put into. */
export interface Destination {
  name: string
  path: string[]
}

/**
 * Refuses what `put` would refuse, before a byte of the file came: as things stand now, for they may be others by then.
 *
 * @throws as `put` does, but for room; Refused `E_SKIPPED` where the name is taken and the file is to be left out
 */
export async function assertFits(
  house: House,
  access: Access,
  folder: number | null,
  { name, path }: Destination,
  conflict: Conflict
): Promise<void> {
  assertMay(access, 'add')
  const steps = [...path, name].map(checkedName)
  await liveFolder(house.db, access, folder)
  await assertDepth(house.db, folder, steps.length)
  let parent = folder
  for (const [index, step] of steps.entries()) {
    const there = await seen(house, access, parent, step)
    if (!there) return assertFew(house, access)
    if (index < path.length) {
      if (there.kind !== 'folder') throw nameTaken([step])
      parent = there.id
    } else refuseTaken(house, access, there, conflict)
  }
}

/** One more has to fit; how many come of a whole folder is seen when they do. */
async function assertFew({ db, maxEntries }: House, { vault }: Access): Promise<void> {
  if (maxEntries === undefined) return
  refuseMany(vault, (await countEntries(db, vault.id)) + 1, maxEntries)
}

function refuseTaken(house: House, access: Access, there: EntryRow, conflict: Conflict): void {
  if (conflict === 'keep') return
  if (conflict === 'skip') {
    throw new Refused('E_SKIPPED', `Entry ${there.id} has the name`, {
      facts: { names: [there.name] },
    })
  }
  if (conflict === 'ask' || there.kind === 'folder') throw nameTaken([there.name])
  refuseLocked({ at: house.now(), actor: access.viewer }, there)
}

async function seen(
  house: House,
  access: Access,
  parent: number | null,
  name: string
): Promise<EntryRow | undefined> {
  const id = await takenBy(house.db, access.vault.id, parent, name)
  if (id === undefined) return undefined
  const query = entriesWithContent(house.db).where('entries.id', id)
  const [row]: EntryRow[] = await visibleTo(access, query)
  return row
}
