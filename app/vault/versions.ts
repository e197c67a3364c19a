import { NotFound, Refused } from '#errors'
import type { Access } from './access.ts'
import { changed, infectedAt, insertVersion, refuseLocked, rememberVersion } from './adding.ts'
import { change, type Change } from './change.ts'
import {
  contentColumns,
  contentOf,
  type Content,
  type ContentRow,
  type EntryRow,
} from './entries.ts'
import { assertMay } from './roles.ts'
import { dateOf, type House, type Source } from './rows.ts'
import { liveRows } from './tree.ts'
import type { ChangedColumns } from './undoing.ts'

/** What a file was at one time. */
export interface FileVersion extends Content {
  /** 1 for the first. */
  number: number
  madeById: number | null
  madeBy: string
  madeAt: Date
  /** Who let it out although it could not be checked, and why. */
  released: { by: string; at: Date; reason: string } | null
}

interface VersionRow extends ContentRow {
  number: number
  made_by_id: number | null
  made_by_name: string
  made_at: number
  released_by_id: number | null
  released_by_name: string | null
  released_at: number | null
  released_reason: string | null
}

/** What files were before, and making them that again. */
export class Versions {
  readonly #house: House

  constructor(house: House) {
    this.#house = house
  }

  /** All versions of a file, newest first; a contributor's own. Those that were removed are none. @throws NotFound `E_NO_ENTRY` */
  async list(access: Access, id: number): Promise<FileVersion[]> {
    assertMay(access, 'see')
    const [file] = await liveRows(this.#house.db, access, [id])
    const query = versionRows(this.#house.db, id).orderBy('versions.number', 'desc')
    if (access.role === 'contributor') query.where('versions.made_by_id', access.viewer.id)
    query.where((there) => {
      there.whereNull('retired_at').orWhere('versions.number', file!.version ?? 0)
    })
    const rows: VersionRow[] = await query
    return rows.map(fromVersion)
  }

  /** @throws NotFound `E_NO_ENTRY` for the file, `E_NO_VERSION` */
  async one(access: Access, id: number, number: number): Promise<FileVersion> {
    const all = await this.list(access, id)
    const found = all.find((each) => each.number === number)
    if (!found) throw noVersion(id, number)
    return found
  }

  /**
   * Makes an older version the newest one. The same bytes count once more.
   *
   * @returns number of the new version
   * @throws Refused `E_LOCKED`, `E_QUOTA`, `E_ROLE`, `E_ARCHIVED`; NotFound `E_NO_VERSION`, `E_FILE_GONE`
   */
  restore(access: Access, id: number, number: number): Promise<number> {
    return change(this.#house, access, 'change', async (at) => {
      const [row] = await liveRows(at.trx, access, [id])
      refuseLocked(at, row!)
      const all: VersionRow[] = await versionRows(at.trx, id).orderBy('versions.number', 'desc')
      const old = all.find((each) => each.number === number)
      if (!old) throw noVersion(id, number)
      if (old.retired_at !== null) {
        throw new NotFound('E_FILE_GONE', `Version ${number} of entry ${id} is no longer available`)
      }
      const next = all[0]!.number + 1
      const { blob, content_size: size, content_type: type, sha256, crc32 } = old
      await at.charge(size)
      const made = await insertVersion(at, id, next, {
        ...{ name: row!.name, type, blob, size, sha256, crc32 },
      })
      await at.trx
        .from('versions')
        .where('id', made)
        .update({
          verdict: old.verdict,
          verdict_detail: old.verdict_detail,
          infected_at: infectedAt(at.trx, old.version_id),
          released_by_id: old.released_by_id,
          released_by_name: old.released_by_name,
          released_at: old.released_at,
          released_reason: old.released_reason,
        })
      await at.trx
        .from('entries')
        .where('id', id)
        .update({ version: next, size, type, ...changed(at) })
      rememberVersion(at, row!, next)
      at.note({
        what: 'reverted',
        entryId: id,
        makerId: row!.made_by_id,
        names: [row!.name],
        details: { from: number, version: next },
      })
      return next
    })
  }

  /**
   * Destroys a version that is not the one that is shown; its bytes follow with the next sweep.
   *
   * @throws Refused `E_CURRENT_VERSION`, `E_LOCKED`, `E_ROLE`, `E_ARCHIVED`; NotFound `E_NO_ENTRY`, `E_NO_VERSION`
   */
  remove(access: Access, id: number, number: number): Promise<void> {
    return change(this.#house, access, 'change', async (at) => {
      const [row] = await liveRows(at.trx, access, [id])
      refuseLocked(at, row!)
      if (row!.version === number) {
        throw new Refused(
          'E_CURRENT_VERSION',
          `Version ${number} of entry ${id} is the current one`
        )
      }
      if (!(await retireVersion(at, id, number))) throw noVersion(id, number)
      at.note({
        what: 'version_removed',
        entryId: id,
        makerId: row!.made_by_id,
        names: [row!.name],
        details: { version: number },
      })
    })
  }
}

/**
 * Takes the version that is shown out of use, and shows the one before.
 *
 * @param before columns of the entry as they were with that one
 * @returns false where that is not there any more
 */
export async function takeVersionBack(
  at: Change,
  row: EntryRow,
  before: ChangedColumns & Pick<EntryRow, 'version'>
): Promise<boolean> {
  const old: { size: number; type: string } | null = await at.trx
    .from('versions')
    .where({ entry_id: row.id, number: before.version })
    .whereNull('retired_at')
    .first()
  if (!old) return false
  await at.trx
    .from('entries')
    .where('id', row.id)
    .update({ ...before, size: old.size, type: old.type })
  await retireVersion(at, row.id, row.version!)
  at.note({
    what: 'reverted',
    entryId: row.id,
    makerId: row.made_by_id,
    names: [row.name],
    details: { from: row.version, version: before.version, undone: true },
  })
  return true
}

/** @returns false when there is none in use */
async function retireVersion(at: Change, entry: number, number: number): Promise<boolean> {
  const own = () =>
    at.trx.from('versions').where({ entry_id: entry, number }).whereNull('retired_at')
  const row: { size: number } | null = await own().select('size').first()
  if (!row) return false
  await own().update({ retired_at: at.at.getTime() })
  await at.charge(-row.size)
  return true
}

const noVersion = (id: number, number: number) =>
  new NotFound('E_NO_VERSION', `Entry ${id} has no version ${number}`)

const versionRows = (source: Source, entry: number) =>
  source
    .from('versions')
    .where('entry_id', entry)
    .select(...contentColumns, 'versions.number', 'versions.made_by_id', 'versions.made_by_name')
    .select(
      'versions.made_at',
      'released_by_id',
      'released_by_name',
      'released_at',
      'released_reason'
    )

function fromVersion(row: VersionRow): FileVersion {
  const at = dateOf(row.released_at)
  return {
    ...contentOf(row),
    number: row.number,
    madeById: row.made_by_id,
    madeBy: row.made_by_name,
    madeAt: new Date(row.made_at),
    released: at && {
      by: row.released_by_name ?? '',
      at,
      reason: row.released_reason ?? '',
    },
  }
}
