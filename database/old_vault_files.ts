import type { QueryClientContract } from '@adonisjs/lucid/types/database'
import { fittedName, nameColumns, nameKey, numberedName } from '../app/vault/names.ts'

/** Rows in memory at a time. */
const PAGE = 500

interface OldFolder {
  id: number
  vault_id: number
  parent_id: number | null
  name: string
  message_number: number | null
  made_at: number
}

interface OldFile {
  id: number
  vault_id: number
  folder_id: number | null
  name: string
  type: string
  blob: string
  size: number
  sha256: string
  crc32: number
  verdict: string
  verdict_detail: string | null
  made_by: string
  made_at: number
  message_number: number | null
  part: string | null
  retired_at: number | null
  shredded_at: number | null
}

/**
 * Moves what lay in the tables `folders` and `files` into `entries` and `versions`. Files keep their ids, which stand in
 * addresses; folders are numbered behind them. Names that meet in one folder get a number.
 */
export async function moveOldFiles(db: QueryClientContract): Promise<void> {
  const [last] = (await db.from('files').max('id as id')) as { id: number | null }[]
  const folderId = (id: number) => (last?.id ?? 0) + id
  for await (const rows of pagesOf<OldFolder>(db, 'folders')) await moveFolders(db, rows, folderId)
  for await (const rows of pagesOf<OldFile>(db, 'files')) await moveFiles(db, rows, folderId)
  await db.rawQuery(
    `UPDATE vaults SET used = COALESCE((
       SELECT SUM(versions.size) FROM versions JOIN entries ON entries.id = versions.entry_id
       WHERE entries.vault_id = vaults.id AND versions.retired_at IS NULL), 0)`
  )
  await continueIds(db)
}

async function* pagesOf<Row extends { id: number }>(db: QueryClientContract, table: string) {
  for (let after = 0; ;) {
    const rows: Row[] = await db.from(table).where('id', '>', after).orderBy('id').limit(PAGE)
    if (rows.length === 0) return
    yield rows
    after = rows.at(-1)!.id
  }
}

async function moveFolders(
  db: QueryClientContract,
  rows: OldFolder[],
  folderId: (id: number) => number
): Promise<void> {
  const names = new Names(db)
  for (const row of rows) {
    const parent = row.parent_id === null ? 0 : folderId(row.parent_id)
    const more = row.message_number === null ? '' : ` (Nr. ${row.message_number})`
    const name = await names.free(row.vault_id, parent, row.name, more)
    await db.table('entries').insert({
      id: folderId(row.id),
      vault_id: row.vault_id,
      parent_id: parent,
      kind: 'folder',
      ...nameColumns(name, 'folder'),
      size: 0,
      made_by_name: (await db.from('vaults').where('id', row.vault_id).firstOrFail()).mailbox ?? '',
      made_at: row.made_at,
      changed_by_name: '',
      changed_at: row.made_at,
      message_number: row.message_number,
    })
  }
}

async function moveFiles(
  db: QueryClientContract,
  rows: OldFile[],
  folderId: (id: number) => number
): Promise<void> {
  const names = new Names(db)
  for (const row of rows) {
    const parent = row.folder_id === null ? 0 : folderId(row.folder_id)
    const name = await names.free(row.vault_id, parent, row.name)
    const made = { size: row.size, type: row.type, made_by_name: row.made_by, made_at: row.made_at }
    await db.table('entries').insert({
      ...made,
      id: row.id,
      vault_id: row.vault_id,
      parent_id: parent,
      kind: 'file',
      ...nameColumns(name, 'file'),
      version: 1,
      changed_by_name: '',
      changed_at: row.made_at,
      message_number: row.message_number,
      part: row.part,
    })
    await db.table('versions').insert({
      ...made,
      id: row.id,
      entry_id: row.id,
      number: 1,
      blob: row.blob,
      sha256: row.sha256,
      crc32: row.crc32,
      verdict: row.verdict,
      verdict_detail: row.verdict_detail,
      retired_at: row.retired_at,
      shredded_at: row.shredded_at,
    })
  }
}

/** Finds names that are free among what was moved already. */
class Names {
  #db: QueryClientContract

  constructor(db: QueryClientContract) {
    this.#db = db
  }

  async free(vault: number, parent: number, wanted: string, more = ''): Promise<string> {
    const candidates = [fittedName(wanted), ...(more ? [fittedName(wanted, more)] : [])]
    for (let number = 2; ; number++) {
      for (const name of candidates.splice(0)) {
        const key = { vault_id: vault, parent_id: parent, name_key: nameKey(name) }
        const taken: unknown = await this.#db
          .from('entries')
          .where(key)
          .whereNull('trashed_at')
          .select('id')
          .first()
        if (!taken) return name
      }
      candidates.push(numberedName(wanted, number))
    }
  }
}

/** Rows that bring their own ids do not move PostgreSQL's sequences on. */
async function continueIds(db: QueryClientContract): Promise<void> {
  if (db.dialect.name !== 'postgres') return
  for (const table of ['entries', 'versions']) {
    await db.rawQuery(
      `SELECT setval(pg_get_serial_sequence('${table}', 'id'), (SELECT COALESCE(MAX(id), 0) + 1 FROM ${table}), false)`
    )
  }
}
