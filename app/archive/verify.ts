import type { Database } from '@adonisjs/lucid/database'
import type { Ledger } from '#ledger'

const PAGE = 500

interface Original {
  number: number
  sha256: string
}

async function* originals(db: Database): AsyncGenerator<Original> {
  for (let after = 0; ;) {
    const rows: Original[] = await db
      .from('originals')
      .select('number', 'sha256')
      .where('number', '>', after)
      .orderBy('number')
      .limit(PAGE)
    yield* rows
    if (rows.length < PAGE) return
    after = rows.at(-1)!.number
  }
}

async function* acceptedEntries(ledger: Ledger): AsyncGenerator<Original> {
  for (let after: number | undefined; ;) {
    const entries = await ledger.entries({ type: 'accepted', after, limit: PAGE })
    for (const entry of entries) yield { number: entry.number ?? 0, sha256: entry.original ?? '' }
    if (entries.length < PAGE) return
    after = entries.at(-1)!.index
  }
}

/**
 * Walks the originals and the ledger's accepted entries side by side; both are in the order of message numbers,
 * since one transaction writes both. Yields a sentence per difference.
 */
export async function* verifyOriginals(db: Database, ledger: Ledger): AsyncGenerator<string> {
  const left = originals(db)
  const right = acceptedEntries(ledger)
  let original = (await left.next()).value as Original | undefined
  let entry = (await right.next()).value as Original | undefined
  for (let expected = 1; original || entry; expected++) {
    const number = Math.min(original?.number ?? Infinity, entry?.number ?? Infinity)
    for (; expected < number; expected++) {
      yield `message ${expected}: missing from the archive and from the ledger`
    }
    if (original?.number !== number) yield `message ${number}: its original's row is missing`
    else if (entry?.number !== number) yield `message ${number}: not in the ledger`
    else if (original.sha256 !== entry.sha256) {
      yield `message ${number}: the original's digest is not the one in the ledger`
    }
    if (original?.number === number) original = (await left.next()).value as Original | undefined
    if (entry?.number === number) entry = (await right.next()).value as Original | undefined
  }
}
