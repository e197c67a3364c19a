import type { Database } from '@adonisjs/lucid/database'
import type { Ledger } from '#ledger'
import type { Issue, IssuedLink, Links } from '#links'
import { transaction } from '#transaction'

/** A link that is there, as after the form that carries it was fixed. */
export async function issuedLink(
  { links, db, ledger }: { links: Links; db: Database; ledger: Ledger },
  issue: Issue
): Promise<IssuedLink> {
  const { record, ...issued } = await links.draft(issue)
  await transaction(db, async (trx) => ledger.append(trx, await record(trx)))
  const { number, recipient } = issue
  const { id } = await db.from('links').where({ number, recipient }).firstOrFail()
  return { ...issued, id }
}
