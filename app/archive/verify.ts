import type { Database } from '@adonisjs/lucid/database'
import type { Blobs } from '#blobs'
import type { Ledger } from '#ledger'

const PAGE = 500

interface Original {
  number: number
  sha256: string
  blob: string
}

interface Entry {
  number: number
  sha256: string
}

/** Up to `last`, so that mail which arrives meanwhile is in neither walk. */
async function* originals(db: Database, last: number): AsyncGenerator<Original> {
  for (let after = 0; ;) {
    const rows: Original[] = await db
      .from('originals')
      .select('number', 'sha256', 'blob')
      .where('number', '>', after)
      .where('number', '<=', last)
      .orderBy('number')
      .limit(PAGE)
    yield* rows
    if (rows.length < PAGE) return
    after = rows.at(-1)!.number
  }
}

async function* acceptedEntries(ledger: Ledger, last: number): AsyncGenerator<Entry> {
  for (let after: number | undefined; ;) {
    const entries = await ledger.entries({ type: 'accepted', after, limit: PAGE })
    for (const { number, original } of entries) {
      if (number !== null && number <= last) yield { number, sha256: original ?? '' }
    }
    if (entries.length < PAGE) return
    after = entries.at(-1)!.index
  }
}

async function lastNumber(db: Database): Promise<number> {
  const row: { value: number } | null = await db.from('counters').where('name', 'message').first()
  return row?.value ?? 0
}

/**
 * Walks the originals and the ledger's accepted entries side by side; both are in the order of message numbers,
 * since one transaction writes both. Yields a sentence per difference.
 */
export async function* verifyOriginals(
  db: Database,
  blobs: Blobs,
  ledger: Ledger
): AsyncGenerator<string> {
  const last = await lastNumber(db)
  const entries = acceptedEntries(ledger, last)
  let entry = await entries.next()
  let expected = 1
  for await (const page of pages(originals(db, last))) {
    const digests = await blobs.digests(page.map(({ blob }) => blob))
    for (const original of page) {
      for (; expected < original.number; expected++) {
        yield `message ${expected}: its original's row is missing`
        if (!entry.done && entry.value.number === expected) entry = await entries.next()
      }
      expected++
      if (entry.done || entry.value.number !== original.number) {
        yield `message ${original.number}: not in the ledger`
        continue
      }
      const { sha256 } = entry.value
      entry = await entries.next()
      if (original.sha256 !== sha256) {
        yield `message ${original.number}: the original's digest is not the one in the ledger`
      } else if (digests.get(original.blob) !== sha256) {
        yield `message ${original.number}: the bytes in blob ${original.blob} are not the original's`
      }
    }
  }
  for (; expected <= last; expected++) {
    yield `message ${expected}: its original's row is missing`
  }
}

async function* pages<T>(source: AsyncIterable<T>): AsyncGenerator<T[]> {
  let page: T[] = []
  for await (const item of source) {
    page.push(item)
    if (page.length < PAGE) continue
    yield page
    page = []
  }
  yield page
}
