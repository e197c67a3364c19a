import type { Trx } from '#transaction'
import type { Activity } from '#vault'
import { ownerOf, person } from './addressees.ts'
import { enqueue, type House, type NotificationRow } from './rows.ts'
import { warningLetter } from './warnings.ts'

/** Files that come back within this time of the first are one mail, in milliseconds. */
const GATHERED = 5 * 60_000

/** Has the owner told soon that files came back through a link: they come one by one. */
export async function expectReturned(house: House, trx: Trx, activity: Activity): Promise<void> {
  const vault = await house.vaults.byId(trx, activity.vaultId)
  const owner = await ownerOf(trx, vault)
  if (!owner) return
  const key = `returned:${vault.id}:${owner.email}`
  const expected = await trx
    .from('notifications')
    .where({ kind: 'returned', vault_id: vault.id, address: owner.email, state: 'queued' })
    .first()
  if (expected) return
  await enqueue(
    house,
    trx,
    {
      key: `${key}:${activity.id}`,
      kind: 'returned',
      user_id: owner.id,
      address: owner.email,
      vault_id: vault.id,
      since: activity.id,
    },
    GATHERED
  )
}

/** The mail about everything that came back since the first of them. */
export async function returnedLetter(house: House, trx: Trx, row: NotificationRow) {
  const vault = await house.vaults.byId(trx, row.vault_id!)
  const owner = row.user_id === null ? undefined : await person(trx, row.user_id)
  if (row.user_id !== null && !owner) return { reason: 'disabled' as const }
  const came: { names: string; details: string }[] = await trx
    .from('activities')
    .where({ vault_id: vault.id, what: 'returned' })
    .where('id', '>=', row.since!)
    .orderBy('id')
    .select('names', 'details')
  const names = came.flatMap((one) => JSON.parse(one.names) as string[])
  const senders = came.map((one) => (JSON.parse(one.details) as { recipient?: string }).recipient)
  const by = [...new Set(senders.filter((one) => one !== undefined))].join(', ')
  const locale = owner?.locale ?? house.locale
  const name = owner?.name ?? row.address!
  const text = warningLetter(house, { name, locale }, vault, { kind: 'returned', names, by })
  return { to: row.address!, locale, text }
}
