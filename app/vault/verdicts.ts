import { Refused } from '#errors'
import { rows, update, type Value } from '#prepared'
import type { Trx } from '#transaction'
import type { Access } from './access.ts'
import { change, changeBy } from './change.ts'
import type { FileVerdict } from './entries.ts'
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
    .whereRaw("versions.verdict = 'pending'")
    .whereNull('versions.retired_at')
    .whereNull('entries.part')
}

/** What was found in files, and what people decide about it. */
export class Verdicts {
  readonly #house: House

  constructor(house: House) {
    this.#house = house
  }

  /** Blobs that wait for a verdict and are due, the oldest first. */
  async unjudged(limit: number): Promise<string[]> {
    const found: { blob: string }[] = await waiting(this.#house.db)
      .whereNotIn(
        'versions.blob',
        this.#house.db
          .from('checks')
          .where('due_at', '>', this.#house.now().getTime())
          .select('blob')
      )
      .groupBy('versions.blob')
      .orderByRaw('MIN(versions.id)')
      .limit(limit)
      .select('versions.blob')
    return found.map(({ blob }) => blob)
  }

  /** Versions that wait for what is found in a blob. */
  async unjudgedOf(blob: string, source: Source = this.#house.db): Promise<Unjudged[]> {
    const found: { id: number; infected_at: number | null; verdict_detail: string | null }[] =
      await waiting(source)
        .where('versions.blob', blob)
        .orderBy('versions.id')
        .select('versions.id', 'versions.infected_at', 'versions.verdict_detail')
    return found.map((row) => ({
      version: row.id,
      wasInfected: row.infected_at !== null,
      detail: row.verdict_detail,
    }))
  }

  /** Writes down what the scanner said of versions. Of attachments of mails the mail's own history tells. */
  async judge(
    trx: Trx,
    ids: number[],
    verdict: FileVerdict,
    detail: string | null,
    digests?: Digests
  ): Promise<void> {
    if (ids.length === 0) return
    const these = ids.map(() => '?').join(', ')
    const facts: Record<string, Value> = { verdict, verdict_detail: detail, ...digests }
    if (verdict === 'infected') facts.infected_at = this.#house.now().getTime()
    await update(trx, 'versions', facts, `id IN (${these})`, ids)
    const judged = await rows<Judged>(
      trx,
      `SELECT versions.id, versions.number, entry_id, entries.vault_id, entries.name, entries.made_by_id,
              entries.message_number
         FROM versions JOIN entries ON entries.id = versions.entry_id
        WHERE versions.id IN (${these}) ORDER BY versions.id`,
      ids
    )
    const told = verdict === 'infected' || verdict === 'unchecked' ? news[verdict] : undefined
    for (const row of judged) {
      trx.after('commit', () => this.#house.onChange?.(row.vault_id, [row.entry_id]))
      if (!told || row.message_number !== null) continue
      await changeBy(this.#house, trx, row.vault_id, { id: null, name: '' }, async (at) => {
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
   * Has a file looked at again that was found infected or could not be looked into.
   *
   * @returns ids of the blobs that wait then
   * @throws Refused `E_NOT_BAD`, `E_ROLE`, `E_ARCHIVED`; NotFound `E_NO_ENTRY`
   */
  checkAgain(access: Access, ids: number[]): Promise<string[]> {
    return change(this.#house, access, 'change', async (at) => {
      const bad = await liveRows(at.trx, access, ids)
      for (const row of bad) {
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
      return [...new Set(bad.map(({ blob }) => blob))]
    })
  }

  /**
   * Lets a file out that the scanner could not check. It stays marked for ever.
   *
   * @throws Refused `E_REASON_MISSING`, `E_NOT_UNCHECKED`, `E_ROLE`; NotFound `E_NO_ENTRY`
   */
  releaseUnchecked(access: Access, id: number, reason: string): Promise<void> {
    const why = reason.trim()
    if (why === '') throw new Refused('E_REASON_MISSING', 'A release needs a reason')
    return change(this.#house, access, 'release', async (at) => {
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
}

/** A copy may not know it yet. */
function wasInfected({ verdict }: { verdict: string }, at: Date) {
  return verdict === 'infected' ? { infected_at: at.getTime() } : {}
}

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
