import { NotFound } from '#errors'
import type { Access } from './access.ts'
import { changed, infectedAt, insertVersion, refuseLocked } from './adding.ts'
import { change } from './change.ts'
import { contentColumns, contentOf, type Content, type ContentRow } from './entries.ts'
import { assertMay } from './roles.ts'
import { dateOf, type House, type Source } from './rows.ts'
import { liveRows } from './tree.ts'

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

  /** All versions of a file, newest first; a contributor's own. @throws NotFound `E_NO_ENTRY` */
  async list(access: Access, id: number): Promise<FileVersion[]> {
    assertMay(access, 'see')
    await liveRows(this.#house.db, access, [id])
    const query = versionRows(this.#house.db, id).orderBy('versions.number', 'desc')
    if (access.role === 'contributor') query.where('versions.made_by_id', access.viewer.id)
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
