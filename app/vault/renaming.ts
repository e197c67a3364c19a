import type { Access } from './access.ts'
import { changed, changedColumns, nameTaken, takenBy } from './adding.ts'
import { change } from './change.ts'
import { checkedName, nameColumns } from './names.ts'
import type { House } from './rows.ts'
import { refuseLockedBelow } from './subtree.ts'
import { liveRows } from './tree.ts'

/**
 * Renames a file or folder. A lock protects a file's place as well as its name: a folder keeps its name while others hold something
 * in it.
 *
 * @returns the name it had
 * @throws Refused `E_NAME`, `E_NAME_TAKEN`, `E_LOCKED`, `E_ROLE`, `E_ARCHIVED`; NotFound `E_NO_ENTRY`
 */
export function rename(house: House, access: Access, id: number, name: string): Promise<string> {
  const wanted = checkedName(name)
  return change(house, access, 'change', async (at) => {
    const [row] = await liveRows(at.trx, access, [id])
    const { name: before, kind, parent_id: parent, made_by_id: makerId } = row!
    if (before === wanted) return before
    await refuseLockedBelow(at, [id])
    const there = await takenBy(at.trx, at.vault.id, parent || null, wanted)
    // Another case of the same name is the file itself.
    if (there !== undefined && there !== id) throw nameTaken([wanted])
    await at.trx
      .from('entries')
      .where('id', id)
      .update({ ...nameColumns(wanted, kind), ...changed(at) })
    const here = { vault: at.vault.id, parent }
    at.remember({
      did: 'put',
      entry: id,
      from: { ...here, name: before },
      to: { ...here, name: wanted },
      changed: changedColumns(row!),
    })
    at.note({ what: 'renamed', entryId: id, makerId, names: [wanted], details: { from: before } })
    return before
  })
}
