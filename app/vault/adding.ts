import { NotFound, Refused } from '#errors'
import { insertNumbered, rows } from '#prepared'
import type { Trx } from '#transaction'
import type { Access } from './access.ts'
import { change, changeWithin, type Change } from './change.ts'
import { entriesWithContent, fromEntry, lockOf, type EntryRow, type VaultFile } from './entries.ts'
import { checkedName, nameColumns, nameKey, numberedName } from './names.ts'
import { type House, type Source } from './rows.ts'
import { assertDepth, liveFolder, visibleTo } from './tree.ts'
import type { ChangedColumns } from './undoing.ts'

/** What to do where the name is taken: say so, make a version, keep both, or leave the new one out. */
export type Conflict = 'ask' | 'replace' | 'keep' | 'skip'

/** A file whose bytes are durable and recorded, or about to be in the same transaction. */
export interface NewFile {
  name: string
  type: string
  /** Id of the blob. */
  blob: string
  size: number
  sha256?: string | null
  crc32?: number | null
}

export interface Put {
  entry: VaultFile
  /** Whether it became a version of a file that was there. */
  replaced: boolean
}

export interface PutOptions {
  conflict: Conflict
  /** Folders below `folder` to put it into, made where they are missing: uploads of whole folders. */
  path?: string[]
  /** Bytes that were reserved for it, and are no longer. */
  reserved?: number
}

/** Names tried in one query. */
const TRIES = 50

/**
 * Puts a file into a folder, in the caller's transaction and as its last statement.
 *
 * @returns null when it was left out
 * @throws Refused `E_NAME_TAKEN`, `E_NAME`, `E_QUOTA`, `E_LOCKED`, `E_DEPTH`, `E_ROLE`, `E_ARCHIVED`; NotFound `E_NO_ENTRY`
 */
export function put(
  house: House,
  trx: Trx,
  access: Access,
  folder: number | null,
  file: NewFile,
  options: PutOptions
): Promise<Put | null> {
  const name = checkedName(file.name)
  return changeWithin(house, trx, access, 'add', async (at) => {
    await liveFolder(trx, access, folder)
    let parent = folder
    for (const step of options.path ?? []) parent = await folderAt(at, access, parent, step)
    const there = await takenBy(trx, at.vault.id, parent, name)
    const seen = there && (await visibleRow(trx, access, there))
    if (seen) {
      if (options.conflict === 'skip') {
        await at.charge(0, -(options.reserved ?? 0))
        return null
      }
      if (options.conflict === 'ask') throw nameTaken([seen.name])
      if (options.conflict === 'replace') return replace(at, seen, file, options)
    }
    const free = there ? await freeName(trx, at.vault.id, parent, name) : name
    const row = await addFile(at, parent, { ...file, name: free }, options.reserved)
    at.remember({ did: 'add', entry: row.id })
    at.note({ what: 'added', entryId: row.id, makerId: at.actor.id, names: [free] })
    return { entry: fromEntry(row, at.at) as VaultFile, replaced: false }
  })
}

export async function addFile(
  at: Change,
  parent: number | null,
  file: NewFile,
  reserved = 0
): Promise<EntryRow> {
  await assertDepth(at.trx, parent, 1)
  await at.charge(file.size, -reserved)
  const id = await insertEntry(at, parent, {
    kind: 'file',
    name: file.name,
    type: file.type,
    size: file.size,
    version: 1,
  })
  await insertVersion(at, id, 1, file)
  return rowOf(at.trx, id)
}

async function replace(
  at: Change,
  row: EntryRow,
  file: NewFile,
  { reserved = 0 }: PutOptions
): Promise<Put> {
  if (row.kind === 'folder') throw nameTaken([row.name])
  refuseLocked(at, row)
  await at.charge(file.size, -reserved)
  const [last] = (await at.trx
    .from('versions')
    .where('entry_id', row.id)
    .max('number as number')) as {
    number: number
  }[]
  const version = (last?.number ?? 0) + 1
  await insertVersion(at, row.id, version, file)
  await at.trx
    .from('entries')
    .where('id', row.id)
    .update({ version, size: file.size, type: file.type, ...changed(at) })
  rememberVersion(at, row, version)
  at.note({
    what: 'version',
    entryId: row.id,
    makerId: row.made_by_id,
    names: [row.name],
    details: { version },
  })
  return { entry: fromEntry(await rowOf(at.trx, row.id), at.at) as VaultFile, replaced: true }
}

/** @returns its id. @throws as `put` */
export function makeFolder(
  house: House,
  access: Access,
  parent: number | null,
  name: string
): Promise<number> {
  const wanted = checkedName(name)
  return change(house, access, 'add', async (at) => {
    await liveFolder(at.trx, access, parent)
    const there = await takenBy(at.trx, at.vault.id, parent, wanted)
    if (there && (await visibleRow(at.trx, access, there))) throw nameTaken([wanted])
    const free = there ? await freeName(at.trx, at.vault.id, parent, wanted) : wanted
    const id = await addFolder(at, parent, free)
    at.remember({ did: 'add', entry: id })
    return id
  })
}

async function addFolder(at: Change, parent: number | null, name: string): Promise<number> {
  await assertDepth(at.trx, parent, 1)
  const id = await insertEntry(at, parent, { kind: 'folder', name, size: 0 })
  at.note({ what: 'folder', entryId: id, makerId: at.actor.id, names: [name] })
  return id
}

/** The folder of this name, made where it is missing. */
export async function folderAt(
  at: Change,
  access: Access,
  parent: number | null,
  name: string
): Promise<number> {
  const wanted = checkedName(name)
  const there = await takenBy(at.trx, at.vault.id, parent, wanted)
  const seen = there && (await visibleRow(at.trx, access, there))
  if (seen && seen.kind === 'folder') return seen.id
  if (seen) throw nameTaken([wanted])
  const { free, own } = there
    ? await ownFolder(at, access, parent, wanted)
    : { free: wanted, own: undefined }
  if (own !== undefined) return own
  const id = await addFolder(at, parent, free)
  at.remember({ did: 'open', entry: id })
  return id
}

/** The numbered name beside a folder that its maker cannot see, or the folder that he has there under it already. */
async function ownFolder(at: Change, access: Access, parent: number | null, wanted: string) {
  for (let number = 2; ; number++) {
    const free = numberedName(wanted, number)
    const there = await takenBy(at.trx, at.vault.id, parent, free)
    if (!there) return { free }
    const seen = await visibleRow(at.trx, access, there)
    if (seen?.kind === 'folder' && seen.made_by_id === at.actor.id) return { free, own: seen.id }
  }
}

export async function takenBy(
  source: Source,
  vault: number,
  parent: number | null,
  name: string
): Promise<number | undefined> {
  const [row] = await rows<{ id: number }>(
    source,
    'SELECT id FROM entries WHERE vault_id = ? AND parent_id = ? AND name_key = ? AND trashed_at IS NULL',
    [vault, parent ?? 0, nameKey(name)]
  )
  return row?.id
}

export async function visibleRow(
  trx: Source,
  access: Access,
  id: number
): Promise<EntryRow | undefined> {
  const query = entriesWithContent(trx).where('entries.id', id)
  const [row]: EntryRow[] = await visibleTo(access, query)
  return row
}

/** Of each transaction, by folder and name, the number from which on the next one is looked for: many things may have one name. */
const nextNumbers = new WeakMap<Trx, Map<string, number>>()

/** `Bericht (2).pdf`, or with the next number that is free. */
export async function freeName(
  trx: Trx,
  vault: number,
  parent: number | null,
  name: string
): Promise<string> {
  const numbers = nextNumbers.get(trx) ?? new Map<string, number>()
  nextNumbers.set(trx, numbers)
  const wanted = `${vault}/${parent}/${nameKey(name)}`
  for (let first = numbers.get(wanted) ?? 2; ; first += TRIES) {
    const names = Array.from({ length: TRIES }, (_, index) => numberedName(name, first + index))
    const found: { name_key: string }[] = await trx
      .from('entries')
      .where({ vault_id: vault, parent_id: parent ?? 0 })
      .whereNull('trashed_at')
      .whereIn('name_key', names.map(nameKey))
      .select('name_key')
    const taken = new Set(found.map(({ name_key: key }) => key))
    const free = names.findIndex((each) => !taken.has(nameKey(each)))
    if (free === -1) continue
    numbers.set(wanted, first + free)
    return names[free]!
  }
}

export const nameTaken = (names: string[]) =>
  new Refused('E_NAME_TAKEN', `Names are taken: ${names.length}`, { facts: { names } })

/** @throws Refused `E_LOCKED` when somebody else holds it */
export function refuseLocked(at: Pick<Change, 'at' | 'actor'>, row: EntryRow): void {
  const lock = lockOf(row, at.at)
  if (!lock || lock.byId === at.actor.id) return
  const { byId, by, since, until } = lock
  throw new Refused('E_LOCKED', `Entry ${row.id} is locked by account ${byId}`, {
    facts: { name: row.name, byId, by, since, until },
  })
}

/** A file got a version; what it was before comes back when that is taken back. */
export function rememberVersion(at: Change, row: EntryRow, number: number): void {
  const before = { version: row.version, ...changedColumns(row) }
  at.remember({ did: 'version', entry: row.id, number, before })
}

export function changedColumns(row: EntryRow): ChangedColumns {
  return {
    changed_by_id: row.changed_by_id,
    changed_by_name: row.changed_by_name,
    changed_at: row.changed_at,
  }
}

/** The columns of who changed something, and when. */
export function changed(at: Change) {
  return {
    changed_by_id: at.actor.id,
    changed_by_name: at.actor.name,
    changed_at: at.at.getTime(),
  }
}

/** @throws Refused `E_ENTRIES` */
export async function insertEntry(
  at: Change,
  parent: number | null,
  entry: {
    kind: 'file' | 'folder'
    name: string
    size: number
    type?: string
    version?: number
    message_number?: number
    part?: string
  }
): Promise<number> {
  const { name, ...rest } = entry
  const made = at.at.getTime()
  await at.grow(1)
  return insertNumbered(at.trx, 'entries', {
    ...rest,
    ...nameColumns(name, entry.kind),
    vault_id: at.vault.id,
    parent_id: parent ?? 0,
    made_by_id: at.actor.id,
    made_by_name: at.actor.name,
    made_at: made,
    changed_by_name: '',
    changed_at: made,
  })
}

/** A folder that was there before, as the table had it; only its name may be another. */
export async function insertFolderAgain(
  at: Change,
  row: Record<string, string | number | boolean | null> & { name: string }
): Promise<void> {
  await at.grow(1)
  await at.trx.table('entries').insert({ ...row, ...nameColumns(row.name, 'folder') })
}

export function insertVersion(at: Change, entry: number, number: number, file: NewFile) {
  return insertNumbered(at.trx, 'versions', {
    entry_id: entry,
    number,
    blob: file.blob,
    size: file.size,
    sha256: file.sha256 ?? null,
    crc32: file.crc32 ?? null,
    type: file.type,
    verdict: 'pending',
    made_by_id: at.actor.id,
    made_by_name: at.actor.name,
    made_at: at.at.getTime(),
  })
}

/** SQL for when a version was found infected: whatever gets its bytes is freed by a clean scan only, as it is. */
export function infectedAt(trx: Trx, version: number) {
  return trx.raw('(SELECT infected_at FROM versions AS original WHERE original.id = ?)', [version])
}

async function rowOf(trx: Trx, id: number): Promise<EntryRow> {
  const [row]: EntryRow[] = await entriesWithContent(trx).where('entries.id', id)
  if (!row) throw new NotFound('E_NO_ENTRY', `No entry ${id}`)
  return row
}
