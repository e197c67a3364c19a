import { NotFound } from '#errors'
import { change } from '#prepared'
import { transaction } from '#transaction'
import type { Access } from './access.ts'
import {
  changed,
  infectedAt,
  insertEntry,
  insertVersion,
  refuseLocked,
  rememberVersion,
  type Conflict,
} from './adding.ts'
import { changesWithin, type Change } from './change.ts'
import type { EntryRow } from './entries.ts'
import { ask, assertPlace, childrenOf, placingOf, type Target } from './placing.ts'
import type { House } from './rows.ts'
import { noted, topmost } from './subtree.ts'
import { liveFolder, liveRows } from './tree.ts'

export interface Copied {
  /** Of the copies. */
  ids: number[]
  /** Files that got a version, and folders that got more in them, instead. */
  onto: number[]
  /** Names that were left out. */
  skipped: string[]
}

/**
 * Copies files, as they are now, and folders with what the viewer sees in them. Copies name the same bytes and count towards the
 * quota all the same. A file that is copied onto another becomes its newest version; a folder is filled up.
 *
 * @throws Refused `E_NAME_TAKEN` with all names when `conflict` is `ask`, `E_QUOTA`, `E_CYCLE`, `E_DEPTH`, `E_LOCKED`, `E_ROLE`,
 *   `E_ARCHIVED`; NotFound `E_NO_ENTRY`
 */
export function copy(
  house: House,
  access: Access,
  ids: number[],
  target: Target,
  conflict: Conflict
): Promise<Copied> {
  return transaction(house.db, (trx) =>
    changesWithin(
      house,
      trx,
      [
        [access, 'see'],
        [target.access, 'add'],
      ],
      async ([, at]) => {
        const rows = await topmost(trx, await liveRows(trx, access, ids))
        await liveFolder(trx, target.access, target.folder)
        await assertPlace(trx, access.vault.id, rows, target)
        await ask(trx, rows, target, conflict)
        const copier = new Copier(at!, access, conflict)
        for (const row of rows) await copier.copy(row, target)
        const { result } = copier
        const from = access.vault.id === at!.vault.id ? null : access.vault.number
        at!.note({
          what: 'copied',
          ...noted(rows),
          entryId: result.ids.length === 1 ? result.ids[0]! : null,
          makerId: at!.actor.id,
          details: { fromVault: from, folder: target.folder, count: rows.length },
        })
        for (const id of [...result.ids, ...result.onto]) at!.touched.add(id)
        return result
      }
    )
  )
}

class Copier {
  readonly result: Copied = { ids: [], onto: [], skipped: [] }
  readonly #at: Change
  readonly #from: Access
  readonly #conflict: Conflict

  constructor(at: Change, from: Access, conflict: Conflict) {
    this.#at = at
    this.#from = from
    this.#conflict = conflict
  }

  async copy(row: EntryRow, target: Target): Promise<void> {
    const placing = await placingOf(this.#at.trx, row, target, this.#conflict)
    if (placing.how === 'left out') this.result.skipped.push(row.name)
    else if (placing.how === 'onto') await this.#onto(row, placing.there, target)
    else {
      const { folder } = target
      const id =
        row.kind === 'file'
          ? await this.#file(row, folder, placing.name)
          : await this.#folder(row, folder, placing.name)
      this.result.ids.push(id)
      this.#at.remember({ did: 'add', entry: id })
    }
  }

  async #onto(row: EntryRow, there: EntryRow, { access }: Target): Promise<void> {
    this.result.onto.push(there.id)
    if (row.kind === 'file') return this.#newVersion(row, there)
    for await (const child of childrenOf(this.#at.trx, this.#from, row.id)) {
      await this.copy(child, { access, folder: there.id })
    }
  }

  async #file(row: EntryRow, parent: number | null, name: string): Promise<number> {
    const file = contentToCopy(row, name)
    await this.#at.charge(file.size)
    const id = await insertEntry(this.#at, parent, {
      ...{ kind: 'file', name, type: file.type, size: file.size, version: 1 },
    })
    await this.#version(row, id, 1, file)
    return id
  }

  async #newVersion(row: EntryRow, there: EntryRow): Promise<void> {
    const at = this.#at
    refuseLocked(at, there)
    const file = contentToCopy(row, there.name)
    await at.charge(file.size)
    const [last] = (await at.trx
      .from('versions')
      .where('entry_id', there.id)
      .max('number as number')) as { number: number }[]
    const version = last!.number + 1
    await this.#version(row, there.id, version, file)
    await at.trx
      .from('entries')
      .where('id', there.id)
      .update({ version, size: file.size, type: file.type, ...changed(at) })
    rememberVersion(at, there, version)
  }

  /** What the scanner said is said of the bytes, and so is that it found something before. */
  async #version(row: EntryRow, entry: number, number: number, file: ToCopy): Promise<void> {
    const id = await insertVersion(this.#at, entry, number, file)
    await this.#at.trx
      .from('versions')
      .where('id', id)
      .update({
        verdict: row.verdict,
        verdict_detail: row.verdict_detail,
        infected_at: infectedAt(this.#at.trx, row.version_id),
      })
  }

  async #folder(row: EntryRow, parent: number | null, name: string): Promise<number> {
    const id = await insertEntry(this.#at, parent, { kind: 'folder', name, size: 0 })
    await this.#filesInto(row.id, id)
    for await (const child of childrenOf(this.#at.trx, this.#from, row.id, 'folder')) {
      await this.#folder(child, id, child.name)
    }
    return id
  }

  /** All files of a folder into a new one, however many: two statements, and one where there are none. */
  async #filesInto(from: number, to: number): Promise<void> {
    const { trx, actor, at, vault } = this.#at
    const by = actor.id!
    const own = this.#from.role === 'contributor' ? this.#from.viewer.id : null
    const made = at.getTime()
    const source = this.#from.vault.id
    const files = await change(
      trx,
      `INSERT INTO entries (vault_id, parent_id, kind, name, name_key, sort_name, extension, type, size, version,
         made_by_id, made_by_name, made_at, changed_by_name, changed_at)
       SELECT CAST(? AS integer), CAST(? AS integer), entries.kind, name, name_key, sort_name, extension, entries.type, entries.size, 1,
         CAST(? AS integer), ?, CAST(? AS bigint), '', CAST(? AS bigint)
       FROM entries JOIN versions ON versions.entry_id = entries.id AND versions.number = entries.version
       WHERE entries.vault_id = ? AND parent_id = ? AND entries.kind = 'file' AND trashed_at IS NULL
         AND versions.retired_at IS NULL ${own === null ? '' : 'AND entries.made_by_id = ?'}`,
      [vault.id, to, by, actor.name, made, made, source, from, ...(own === null ? [] : [own])]
    )
    if (files === 0) return
    await change(
      trx,
      `INSERT INTO versions (entry_id, number, blob, size, sha256, crc32, type, verdict, verdict_detail,
         infected_at, made_by_id, made_by_name, made_at)
       SELECT copy.id, 1, versions.blob, versions.size, sha256, crc32, versions.type, verdict, verdict_detail,
         infected_at,
         copy.made_by_id, copy.made_by_name, copy.made_at
       FROM entries copy
       JOIN entries original ON original.vault_id = ? AND original.parent_id = ?
         AND original.name_key = copy.name_key AND original.trashed_at IS NULL
       JOIN versions ON versions.entry_id = original.id AND versions.number = original.version
       WHERE copy.vault_id = ? AND copy.parent_id = ? AND copy.kind = 'file' AND copy.trashed_at IS NULL`,
      [source, from, vault.id, to]
    )
    const [sum] = (await trx
      .from('entries')
      .where({ vault_id: vault.id, parent_id: to, kind: 'file' })
      .whereNull('trashed_at')
      .sum('size as bytes')) as { bytes: number | string | null }[]
    await this.#at.grow(files)
    await this.#at.charge(Number(sum!.bytes ?? 0))
  }
}

interface ToCopy {
  name: string
  type: string
  blob: string
  size: number
  sha256: string | null
  crc32: number | null
}

/** @throws NotFound `E_FILE_GONE` */
function contentToCopy(row: EntryRow, name: string): ToCopy {
  if (row.retired_at !== null) {
    throw new NotFound('E_FILE_GONE', `File ${row.id} is no longer available`)
  }
  const { content_type: type, content_size: size, blob, sha256, crc32 } = row
  return { name, type, blob, size, sha256, crc32 }
}
