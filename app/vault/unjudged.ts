import { Refused } from '#errors'
import type { Access } from './access.ts'
import { change } from './change.ts'
import type { House, Source } from './rows.ts'
import { liveRows } from './tree.ts'

/** A version that waits for its verdict. */
export interface Unjudged {
  version: number
  /** It was found infected before, and only a clean scan frees it. */
  wasInfected: boolean
  /** Why it still waits, as a slug. */
  detail: string | null
}

/** Versions in use without a verdict. Attachments of mails are looked at with their mail, by the gateway. */
function waiting(source: Source) {
  return source
    .from('versions')
    .join('entries', 'entries.id', 'versions.entry_id')
    .where('versions.verdict', 'pending')
    .whereNull('versions.retired_at')
    .whereNull('entries.part')
}

/** Blobs that wait for a verdict and are due, the oldest first. */
export async function unjudged(house: House, limit: number): Promise<string[]> {
  const rows: { blob: string }[] = await waiting(house.db)
    .whereNotIn(
      'versions.blob',
      house.db.from('checks').where('due_at', '>', house.now().getTime()).select('blob')
    )
    .groupBy('versions.blob')
    .orderByRaw('MIN(versions.id)')
    .limit(limit)
    .select('versions.blob')
  return rows.map(({ blob }) => blob)
}

export async function unjudgedOf(source: Source, blob: string): Promise<Unjudged[]> {
  const rows: { id: number; infected_at: number | null; verdict_detail: string | null }[] =
    await waiting(source)
      .where('versions.blob', blob)
      .orderBy('versions.id')
      .select('versions.id', 'versions.infected_at', 'versions.verdict_detail')
  return rows.map((row) => ({
    version: row.id,
    wasInfected: row.infected_at !== null,
    detail: row.verdict_detail,
  }))
}

/**
 * Has a file looked at again that was found infected or could not be looked into.
 *
 * @returns ids of the blobs that wait then
 * @throws Refused `E_NOT_BAD`, `E_ROLE`, `E_ARCHIVED`; NotFound `E_NO_ENTRY`
 */
export function checkAgain(house: House, access: Access, ids: number[]): Promise<string[]> {
  return change(house, access, 'change', async (at) => {
    const rows = await liveRows(at.trx, access, ids)
    for (const row of rows) {
      if (row.kind !== 'file' || !['infected', 'unchecked'].includes(row.verdict)) {
        throw new Refused('E_NOT_BAD', `Entry ${row.id} is ${row.verdict ?? 'a folder'}`, {
          facts: { name: row.name, verdict: row.verdict },
        })
      }
      await at.trx
        .from('versions')
        .where('id', row.version_id)
        .update({ verdict: 'pending', verdict_detail: null, ...wasInfected(row, at.at) })
      at.note({
        what: 'rescanned',
        entryId: row.id,
        makerId: row.made_by_id,
        names: [row.name],
        details: { before: row.verdict },
      })
    }
    return [...new Set(rows.map(({ blob }) => blob))]
  })
}

/** A copy may not know it yet. */
function wasInfected({ verdict }: { verdict: string }, at: Date) {
  return verdict === 'infected' ? { infected_at: at.getTime() } : {}
}
