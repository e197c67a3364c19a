import { transaction } from '#transaction'
import type { Access } from './access.ts'
import { refuseLocked, type Conflict } from './adding.ts'
import { changesWithin, type Change } from './change.ts'
import type { EntryRow } from './entries.ts'
import { nameColumns } from './names.ts'
import { ask, assertPlace, childrenOf, isIn, placingOf, type Target } from './placing.ts'
import type { House } from './rows.ts'
import { below, bytesBelow, noted, refuseLockedBelow, topmost } from './subtree.ts'
import { trashRows } from './trash.ts'
import { liveFolder, liveRows } from './tree.ts'
import type { ChangedColumns, Step } from './undoing.ts'

export interface Moved {
  /** Names that were left out. */
  skipped: string[]
}

/**
 * Moves files and folders, with all their versions. A file that takes the place of another puts that into the trash; a folder that
 * meets another is emptied into it.
 *
 * @throws Refused `E_NAME_TAKEN` with all names when `conflict` is `ask`, `E_QUOTA`, `E_CYCLE`, `E_DEPTH`, `E_LOCKED`, `E_ROLE`,
 *   `E_ARCHIVED`; NotFound `E_NO_ENTRY`
 */
export function move(
  house: House,
  access: Access,
  ids: number[],
  target: Target,
  conflict: Conflict
): Promise<Moved> {
  return transaction(house.db, (trx) =>
    changesWithin(
      house,
      trx,
      [
        [access, 'change'],
        [target.access, 'change'],
      ],
      async ([from, to]) => {
        const all = await topmost(trx, await liveRows(trx, access, ids))
        await liveFolder(trx, target.access, target.folder)
        const rows = all.filter((row) => !isIn(row, target))
        await refuseLockedBelow(
          from!,
          rows.map(({ id }) => id)
        )
        await assertPlace(trx, access.vault.id, rows, target)
        await ask(trx, rows, target, conflict)
        const mover = new Mover(from!, to!, access, conflict)
        for (const row of rows) await mover.move(row, target)
        note(from!, to!, rows, target)
        return mover.result
      }
    )
  )
}

function note(from: Change, to: Change, rows: EntryRow[], { folder }: Target): void {
  if (rows.length === 0) return
  const isHere = from === to
  const count = rows.length
  const fromVault = isHere ? null : from.vault.number
  to.note({ what: 'moved', ...noted(rows), details: { fromVault, folder, count } })
  if (!isHere) {
    from.note({ what: 'moved', ...noted(rows), details: { toVault: to.vault.number, count } })
  }
  for (const { id } of rows) to.touched.add(id)
}

type FolderColumns = Extract<Step, { did: 'merge' }>['row']

class Mover {
  readonly result: Moved = { skipped: [] }
  readonly #from: Change
  readonly #to: Change
  readonly #access: Access
  readonly #conflict: Conflict

  constructor(from: Change, to: Change, access: Access, conflict: Conflict) {
    this.#from = from
    this.#to = to
    this.#access = access
    this.#conflict = conflict
  }

  async move(row: EntryRow, target: Target): Promise<void> {
    const placing = await placingOf(this.#to.trx, row, target, this.#conflict)
    if (placing.how === 'left out') this.result.skipped.push(row.name)
    else if (placing.how === 'free') await this.#put(row, target, placing.name)
    else if (row.kind === 'file') {
      refuseLocked(this.#to, placing.there)
      this.#to.remember({ did: 'trash', batch: await trashRows(this.#to, [placing.there]) })
      await this.#put(row, target, row.name)
    } else await this.#empty(row, { ...target, folder: placing.there.id })
  }

  async #put(row: EntryRow, { access, folder }: Target, name: string): Promise<void> {
    await place(this.#from, this.#to, row, folder, name)
    const from = { vault: row.vault_id, parent: row.parent_id, name: row.name }
    const to = { vault: access.vault.id, parent: folder ?? 0, name }
    this.#to.remember({ did: 'put', entry: row.id, from, to })
  }

  async #empty(row: EntryRow, target: Target): Promise<void> {
    const { trx } = this.#to
    for await (const child of childrenOf(trx, this.#access, row.id)) await this.move(child, target)
    const empty = (await trx.from('entries').where('id', row.id).firstOrFail()) as FolderColumns
    await trx.from('entries').where('id', row.id).delete()
    this.#from.remember({ did: 'merge', row: empty })
  }
}

/** Puts something with all that is in it into a folder of the same or of another vault, where its name is free. */
export async function place(
  from: Change,
  to: Change,
  row: EntryRow,
  folder: number | null,
  name: string,
  changed: Partial<ChangedColumns> = {}
): Promise<void> {
  if (from !== to) await changeVault(from, to, row.id)
  await to.trx
    .from('entries')
    .where('id', row.id)
    .update({ parent_id: folder ?? 0, ...nameColumns(name, row.kind), ...changed })
}

/** Into the other vault, where all versions count from now on. What is in the trash stays behind. */
async function changeVault(from: Change, to: Change, id: number): Promise<void> {
  const { trx, at, actor } = to
  const bytes = await bytesBelow(trx, from.vault.id, [id])
  await to.charge(bytes)
  await from.charge(-bytes)
  const { sql, bindings } = below(from.vault.id, [id])
  const [inside] = (await trx
    .from('entries')
    .whereRaw(`id IN (${sql})`, bindings)
    .count('* as total')) as { total: number | string }[]
  await to.grow(Number(inside!.total))
  // Out of the way of names at its new top level, until its folder is named.
  await trx.from('entries').where('id', id).update({ parent_id: -id })
  const arrival = { came_at: at.getTime(), came_by_id: actor.id, came_by_name: actor.name }
  await trx
    .from('entries')
    .whereRaw(`id IN (${sql})`, bindings)
    .update({ vault_id: to.vault.id, ...arrival })
}
