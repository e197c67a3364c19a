import type { Access } from './access.ts'
import { fromActivity, type Activity, type ActivityRow, type What } from './activity.ts'
import { assertMay } from './roles.ts'
import type { House } from './rows.ts'

export interface ActivityFilter {
  /** Id of an account. */
  actor?: number
  what?: readonly What[]
  /** Half-open: `until` itself is outside. */
  since?: Date
  until?: Date
  /** A file or folder. */
  entry?: number
  /** Part of a name that a file or folder had then. */
  name?: string
}

export interface ActivityPage {
  activities: Activity[]
  /** Key of the next page; null at the end. */
  next: number | null
}

/** Somebody who did something in a vault, under his last name there. */
export interface ActorOfVault {
  id: number
  name: string
}

/** Names in a filter: the oldest give way. */
const MOST_ACTORS = 200

/** What happened in vaults, as far as who asks may see it. */
export class ActivityList {
  readonly #house: House

  constructor(house: House) {
    this.#house = house
  }

  /** What happened in a vault, newest first. A contributor sees what he did, and what others did with what is his. */
  async list(
    access: Access,
    filter: ActivityFilter,
    page: { before?: number; limit: number }
  ): Promise<ActivityPage> {
    const query = visible(this.#house, access)
      .orderBy('id', 'desc')
      .limit(page.limit + 1)
    if (page.before !== undefined) query.where('id', '<', page.before)
    if (filter.actor !== undefined) query.where('actor_id', filter.actor)
    if (filter.what) query.whereIn('what', [...filter.what])
    if (filter.since) query.where('at', '>=', filter.since.getTime())
    if (filter.until) query.where('at', '<', filter.until.getTime())
    if (filter.entry !== undefined) query.where('entry_id', filter.entry)
    if (filter.name) {
      const like = this.#house.db.connection().dialect.name === 'postgres' ? 'ILIKE' : 'LIKE'
      query.whereRaw(`names ${like} ? ESCAPE '!'`, [inNames(filter.name)])
    }
    const rows: ActivityRow[] = await query
    const shown = rows.slice(0, page.limit)
    return {
      activities: shown.map(fromActivity),
      next: rows.length > page.limit ? shown.at(-1)!.id : null,
    }
  }

  /** Who appears in what the viewer may see of a vault's activity, in the order of names. */
  async actors(access: Access): Promise<ActorOfVault[]> {
    const rows: { actor_id: number; name: string }[] = await visible(this.#house, access)
      .whereNotNull('actor_id')
      .select('actor_id')
      .max('actor_name as name')
      .groupBy('actor_id')
      .orderByRaw('MAX(id) DESC')
      .limit(MOST_ACTORS)
    return rows
      .map(({ actor_id: id, name }) => ({ id, name }))
      .sort((a, b) => a.name.localeCompare(b.name))
  }
}

function visible(house: House, access: Access) {
  assertMay(access, 'see')
  const query = house.db.from('activities').where('vault_id', access.vault.id)
  const { id } = access.viewer
  if (access.role !== 'contributor') return query
  return query.where((rows) => void rows.where('actor_id', id).orWhere('maker_id', id))
}

/** Names stand in the column as JSON. */
function inNames(name: string): string {
  const written = JSON.stringify(name.normalize('NFC')).slice(1, -1)
  return `%${written.replace(/[!%_]/g, '!$&')}%`
}
