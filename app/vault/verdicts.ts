import { Refused } from '#errors'
import type { Trx } from '#transaction'
import type { Access } from './access.ts'
import { change, changeBy } from './change.ts'
import type { FileVerdict } from './entries.ts'
import type { House } from './rows.ts'
import { liveRows } from './tree.ts'

/** What the scanning pass took of the whole. */
export interface Digests {
  /** Hex. */
  sha256: string
  crc32: number
}

interface Judged {
  id: number
  number: number
  entry_id: number
  vault_id: number
  name: string
  made_by_id: number | null
  message_number: number | null
}

/** What people are told of; that a file is clean is no news. */
const news = { infected: 'scanned_infected', unchecked: 'scanned_unchecked' } as const

/** Writes down what the scanner said of versions. Of attachments of mails the mail's own history tells. */
export async function judge(
  house: House,
  trx: Trx,
  ids: number[],
  verdict: FileVerdict,
  detail: string | null,
  digests?: Digests
): Promise<void> {
  if (ids.length === 0) return
  const infected = verdict === 'infected' ? { infected_at: house.now().getTime() } : {}
  await trx
    .from('versions')
    .whereIn('id', ids)
    .update({ verdict, verdict_detail: detail, ...infected, ...digests })
  const rows: Judged[] = await trx
    .from('versions')
    .join('entries', 'entries.id', 'versions.entry_id')
    .whereIn('versions.id', ids)
    .select('versions.id', 'versions.number', 'entry_id', 'entries.vault_id', 'entries.name')
    .select('entries.made_by_id', 'entries.message_number')
    .orderBy('versions.id')
  const told = verdict === 'infected' || verdict === 'unchecked' ? news[verdict] : undefined
  for (const row of rows) {
    trx.after('commit', () => house.onChange?.(row.vault_id, [row.entry_id]))
    if (!told || row.message_number !== null) continue
    await changeBy(house, trx, row.vault_id, { id: null, name: '' }, async (at) => {
      at.note({
        what: told,
        entryId: row.entry_id,
        makerId: row.made_by_id,
        names: [row.name],
        details: { version: row.number, found: detail },
      })
    })
  }
}

/**
 * Lets a file out that the scanner could not check. It stays marked for ever.
 *
 * @throws Refused `E_REASON_MISSING`, `E_NOT_UNCHECKED`, `E_ROLE`; NotFound `E_NO_ENTRY`
 */
export function releaseUnchecked(
  house: House,
  access: Access,
  id: number,
  reason: string
): Promise<void> {
  const why = reason.trim()
  if (why === '') throw new Refused('E_REASON_MISSING', 'A release needs a reason')
  return change(house, access, 'release', async (at) => {
    const [row] = await liveRows(at.trx, access, [id])
    if (row!.kind !== 'file' || row!.verdict !== 'unchecked') {
      throw new Refused('E_NOT_UNCHECKED', `Entry ${id} is ${row!.verdict}`, {
        facts: { name: row!.name, verdict: row!.verdict },
      })
    }
    await at.trx.from('versions').where('id', row!.version_id).update({
      verdict: 'released',
      released_by_id: at.actor.id,
      released_by_name: at.actor.name,
      released_at: at.at.getTime(),
      released_reason: why,
    })
    at.note({
      what: 'released',
      entryId: id,
      makerId: row!.made_by_id,
      names: [row!.name],
      details: { reason: why, version: row!.version },
    })
  })
}
