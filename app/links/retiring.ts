import type { Vaults } from '#vault'
import { transaction } from '#transaction'
import { type House, type LinkRow } from './rows.ts'

/** Deposits outlive the last link of their mail by this, in milliseconds: so long it can be renewed. */
export const KEPT_AFTER_LINKS = 30 * 24 * 60 * 60 * 1000

/** Mails in one sweep; the next sweep goes on behind them. */
const MAILS_AT_ONCE = 50

/**
 * Takes the deposits of mails out of use whose last link ended 30 days ago; #vault then destroys them. What another
 * link still needs, or another file in a vault names, stays.
 *
 * @param after number of the message behind which to look
 * @returns number of the last message looked at; 0 when the end was reached
 */
export async function retireDeposits(house: House, vaults: Vaults, after: number): Promise<number> {
  const limit = house.now().getTime() - KEPT_AFTER_LINKS
  const due: { number: number }[] = await house.db
    .from('links')
    .join('link_files', 'link_files.link_id', 'links.id')
    .whereNull('link_files.gone_at')
    .where('links.number', '>', after)
    .select('links.number')
    .groupBy('links.number')
    .havingRaw('MAX(links.expires_at) <= ?', [limit])
    .orderBy('links.number')
    .limit(MAILS_AT_ONCE)
  for (const { number } of due) await retireMail(house, vaults, number, limit)
  return due.length < MAILS_AT_ONCE ? 0 : due.at(-1)!.number
}

async function retireMail(
  house: House,
  vaults: Vaults,
  number: number,
  limit: number
): Promise<void> {
  const at = house.now()
  await transaction(house.db, async (trx) => {
    const links: LinkRow[] = await trx.from('links').where('number', number).forUpdate()
    // One may have been extended or renewed since.
    if (links.length === 0 || links.some((link) => link.expires_at > limit)) return
    const blobs = (await vaults.deposits.of(number, trx)).map(({ blob }) => blob)
    const needed: { blob: string }[] = await trx
      .from('link_files')
      .join('links', 'links.id', 'link_files.link_id')
      .where('links.expires_at', '>', limit)
      .whereIn('link_files.blob', blobs)
      .select('link_files.blob')
    const retired = await vaults.deposits.retire(
      trx,
      number,
      new Set(needed.map(({ blob }) => blob)),
      at
    )
    if (retired.length === 0) return
    for (const { blob } of retired) {
      await trx.from('link_files').where('blob', blob).update({ gone_at: at.getTime() })
    }
    await house.ledger.append(trx, [
      {
        type: 'shredded',
        number,
        original: links[0]!.original,
        at,
        detail: { files: retired.map(({ name, size, sha256 }) => ({ name, size, sha256 })) },
      },
    ])
  })
}
