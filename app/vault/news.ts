import { statement } from '#transaction'
import type { Access } from './access.ts'
import type { VaultRole } from './roles.ts'
import type { House, Source, Vault } from './rows.ts'
import { pathTo } from './tree.ts'

/** A file that is new to somebody, or has a new version. */
export interface NewsFile {
  id: number
  name: string
  /** Names of the folders from the top; none at the top level. */
  path: string[]
  /** Bytes. */
  size: number
  /** Otherwise it is a new version of a file that was there. */
  isNew: boolean
  by: string
}

export interface VaultNews {
  /** The newest, `limit` at most. */
  files: NewsFile[]
  total: number
  /** When the oldest and the newest of them came. */
  first: Date | null
  last: Date | null
}

interface NewsRow {
  id: number
  parent_id: number
  name: string
  size: number
  is_new: number
  by_name: string
}

export interface NewsReader {
  userId: number
  role: VaultRole
}

/** From when until when; without a begin from the first day on. */
export interface NewsSpan {
  since: Date | null
  until?: Date
}

/** What is shown came with its version, or later with the whole file from another vault. */
const CAME = 'entries.came_at > versions.made_at'
const AT = `CASE WHEN ${CAME} THEN entries.came_at ELSE versions.made_at END`
const BY_ID = `CASE WHEN ${CAME} THEN entries.came_by_id ELSE versions.made_by_id END`
const BY_NAME = `CASE WHEN ${CAME} THEN entries.came_by_name ELSE versions.made_by_name END`
const IS_NEW = `CASE WHEN ${CAME} OR versions.number = 1 THEN 1 ELSE 0 END`

/** What is new in a vault to one of its members. */
export class News {
  readonly #house: House

  constructor(house: House) {
    this.#house = house
  }

  /**
   * Files that others put into a vault, or made a new version of, as far as the reader may see them. What lies in the trash or is
   * infected is none, and neither is what somebody did himself.
   */
  async of(
    source: Source,
    vault: Pick<Vault, 'id'>,
    reader: NewsReader,
    span: NewsSpan,
    limit: number
  ): Promise<VaultNews> {
    type Sum = { total: number | string; first: number | null; last: number | null }
    const [sum] = (await newsRows(source, vault, reader, span)
      .count('* as total')
      .select(source.raw(`MIN(${AT}) AS first, MAX(${AT}) AS last`))) as Sum[]
    const total = Number(sum!.total)
    const rows: NewsRow[] =
      total === 0 || limit === 0
        ? []
        : await newsRows(source, vault, reader, span)
            .select('entries.id', 'entries.parent_id', 'entries.name', 'versions.size')
            .select(source.raw(`${BY_NAME} AS by_name, ${IS_NEW} AS is_new`))
            .orderByRaw(`${AT} DESC`)
            .orderBy('versions.id', 'desc')
            .limit(limit)
    const paths = new Map<number, string[]>()
    for (const { parent_id: parent } of rows) {
      if (!paths.has(parent))
        paths.set(
          parent,
          (await pathTo(source, parent)).map(({ name }) => name)
        )
    }
    return {
      files: rows.map((row) => ({
        id: row.id,
        name: row.name,
        path: paths.get(row.parent_id)!,
        size: row.size,
        isNew: row.is_new === 1,
        by: row.by_name,
      })),
      total,
      first: sum!.first === null ? null : new Date(sum!.first),
      last: sum!.last === null ? null : new Date(sum!.last),
    }
  }

  /** Whose files these entries are: accounts, each once. */
  async makersOf(entries: number[]): Promise<number[]> {
    const rows: { made_by_id: number }[] = await this.#house.db
      .from('entries')
      .distinct('made_by_id')
      .whereIn('id', entries)
      .whereNotNull('made_by_id')
    return rows.map(({ made_by_id: id }) => id)
  }

  /** Notes that a member is looking at a vault: what is there now is not new to him any more. */
  async visit({ vault, viewer }: Access): Promise<void> {
    const now = this.#house.now().getTime()
    await statement(() =>
      this.#house.db
        .from('memberships')
        .where({ vault_id: vault.id, user_id: viewer.id })
        .update({ last_visit_at: now })
    )
  }
}

/** Whether there is anything new for the reader. */
export async function hasNews(
  source: Source,
  vault: Pick<Vault, 'id'>,
  reader: NewsReader,
  span: NewsSpan
): Promise<boolean> {
  return Boolean(await newsRows(source, vault, reader, span).select('entries.id').first())
}

function newsRows(
  source: Source,
  vault: Pick<Vault, 'id'>,
  { userId, role }: NewsReader,
  { since, until }: NewsSpan
) {
  const from = since?.getTime() ?? 0
  const query = source
    .from('entries')
    .join('versions', (join) => {
      join.on('versions.entry_id', 'entries.id').andOn('versions.number', 'entries.version')
    })
    .where('entries.vault_id', vault.id)
    .whereRaw("entries.kind = 'file'")
    .whereNull('entries.trashed_at')
    // Never older than the version that is shown; both have an index (database/migrations/3400, 3410).
    .where(
      (rows) =>
        void rows.where('entries.changed_at', '>', from).orWhere('entries.came_at', '>', from)
    )
    .whereRaw(`${AT} > ?`, [from])
    .whereRaw(`COALESCE(${BY_ID}, 0) <> ?`, [userId])
    .whereNot('versions.verdict', 'infected')
    .whereNull('versions.retired_at')
  if (until) query.whereRaw(`${AT} <= ?`, [until.getTime()])
  if (role === 'contributor') query.where('entries.made_by_id', userId)
  return query
}
