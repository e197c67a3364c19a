import { transaction } from '#transaction'
import type { House, LinkRow } from './rows.ts'

/** What is known about one recipient's link, for the sender. */
export interface LinkStatus {
  recipient: string
  linkId: string
  issuedAt: Date
  expiresAt: Date
  revokedAt: Date | null
  /** When the newest code was asked for. */
  codeRequestedAt: Date | null
  /** When a code was last entered correctly. */
  confirmedAt: Date | null
  /** When every file had been downloaded completely. */
  fetchedAt: Date | null
  /** When somebody last asked for a link. */
  wantedAt: Date | null
  /** When it was last mailed by itself. */
  mailedAt: Date | null
  /** Its files were destroyed: it can neither be extended nor renewed. */
  gone: boolean
  /** Oldest first. */
  downloads: {
    file: string
    at: Date
    completedAt: Date | null
    bytes: number
    complete: boolean
  }[]
}

interface DownloadRow {
  link_id: string
  name: string
  started_at: number
  completed_at: number | null
  bytes: number
}

function date(milliseconds: number | null): Date | null {
  return milliseconds === null ? null : new Date(milliseconds)
}

export async function statusOf(house: House, number: number): Promise<LinkStatus[]> {
  const links: LinkRow[] = await house.db.from('links').where('number', number).orderBy('recipient')
  const downloads: DownloadRow[] = await house.db
    .from('link_downloads')
    .join('link_files', (join) => {
      join
        .on('link_files.link_id', 'link_downloads.link_id')
        .andOn('link_files.position', 'link_downloads.position')
    })
    .join('links', 'links.id', 'link_downloads.link_id')
    .where('links.number', number)
    .select('link_downloads.*', 'link_files.name')
    .orderBy('link_downloads.id')
  const lost: { link_id: string }[] = await house.db
    .from('link_files')
    .join('links', 'links.id', 'link_files.link_id')
    .where('links.number', number)
    .whereNotNull('link_files.gone_at')
    .distinct('link_files.link_id')
  const gone = new Set(lost.map((row) => row.link_id))
  return links.map((link) => ({
    recipient: link.recipient,
    linkId: link.id,
    issuedAt: new Date(link.issued_at),
    expiresAt: new Date(link.expires_at),
    revokedAt: date(link.revoked_at),
    codeRequestedAt: date(link.code_requested_at),
    confirmedAt: date(link.confirmed_at),
    fetchedAt: date(link.fetched_at),
    wantedAt: date(link.wanted_at),
    mailedAt: date(link.mailed_at),
    gone: gone.has(link.id),
    downloads: downloads
      .filter((download) => download.link_id === link.id)
      .map((download) => ({
        file: download.name,
        at: new Date(download.started_at),
        completedAt: date(download.completed_at),
        bytes: download.bytes,
        complete: download.completed_at !== null,
      })),
  }))
}

/** How many links each of some messages has, and how many of these were fetched completely. */
export async function fetchedOf(
  house: House,
  numbers: number[]
): Promise<Map<number, { links: number; fetched: number }>> {
  const rows: { number: number; links: number | string; fetched: number | string }[] =
    await house.db
      .from('links')
      .whereIn('number', numbers)
      .select('number')
      .count('* as links')
      .count('fetched_at as fetched')
      .groupBy('number')
  return new Map(
    rows.map((row) => [row.number, { links: Number(row.links), fetched: Number(row.fetched) }])
  )
}

/** Forgets networks noted before `before`, and codes, devices and tickets that ended before it. */
export async function forgetAddresses(house: House, before: Date): Promise<void> {
  const limit = before.getTime()
  await transaction(house.db, async (trx) => {
    await trx.from('link_codes').where('requested_at', '<', limit).delete()
    await trx.from('link_devices').where('expires_at', '<', limit).delete()
    await trx.from('link_tickets').where('expires_at', '<', limit).delete()
    await trx.from('link_devices').where('confirmed_at', '<', limit).update({ address: null })
    await trx.from('link_askers').where('asked_at', '<', limit).update({ network: null })
    await trx.from('link_downloads').where('started_at', '<', limit).update({ address: null })
  })
}
