import type { Trx } from '#transaction'
import type { Activity, Vault } from '#vault'
import { ownerOf, person, type Addressee } from './addressees.ts'
import { tellEnding } from './endings.ts'
import { expectReturned } from './returned.ts'
import type { House } from './rows.ts'
import { warningLetter, type Warning } from './warnings.ts'

/**
 * Tells people what happened to their own things, in the transaction in which it did: the holder of a lock that was broken, who put
 * in a file that is infected, the owner of the vault, whoever gets files back, who gives and gets a vault, whose
 * time in it is over.
 */
export async function tell(house: House, trx: Trx, activity: Activity): Promise<void> {
  switch (activity.what) {
    case 'lock_broken':
      return tellHolder(house, trx, activity)
    case 'scanned_infected':
    case 'scanned_unchecked':
      return tellAboutScan(house, trx, activity)
    case 'returned':
      return expectReturned(house, trx, activity)
    case 'owner_changed':
      return tellOwners(house, trx, activity)
    case 'member_ended':
      return tellEnding(house, trx, await vaultOf(house, trx, activity), {
        member: Number(activity.details.member),
        until: Date.parse(String(activity.details.until)),
        over: true,
      })
  }
}

async function tellHolder(house: House, trx: Trx, activity: Activity): Promise<void> {
  const holder = await person(trx, Number(activity.details.holder))
  if (!holder || holder.id === activity.actorId) return
  const { names, actorName: by } = activity
  await send(house, trx, await vaultOf(house, trx, activity), holder, {
    kind: 'lock_broken',
    names,
    by,
  })
}

async function tellOwners(house: House, trx: Trx, activity: Activity): Promise<void> {
  const { actorId, actorName: by, details } = activity
  const vault = await vaultOf(house, trx, activity)
  const owner = String(details.name)
  for (const side of ['from', 'to'] as const) {
    const one = typeof details[side] === 'number' ? await person(trx, details[side]) : undefined
    if (!one || one.id === actorId) continue
    await send(house, trx, vault, one, { kind: 'owner', by, owner, own: side === 'to' })
  }
}

async function tellAboutScan(house: House, trx: Trx, activity: Activity): Promise<void> {
  const vault = await vaultOf(house, trx, activity)
  const version: { made_by_id: number | null; made_by_name: string } | null = await trx
    .from('versions')
    .where({ entry_id: activity.entryId, number: Number(activity.details.version) })
    .select('made_by_id', 'made_by_name')
    .first()
  if (!version) return
  const facts = {
    names: activity.names,
    by: version.made_by_name,
    found: String(activity.details.found ?? ''),
  }
  const uploader = version.made_by_id === null ? undefined : await person(trx, version.made_by_id)
  const owner = await ownerOf(trx, vault)
  if (activity.what === 'scanned_unchecked') {
    if (owner) await send(house, trx, vault, owner, { kind: 'unchecked', ...facts })
    return
  }
  if (uploader) await send(house, trx, vault, uploader, { kind: 'infected', ...facts, own: true })
  if (owner && owner.id !== uploader?.id) {
    await send(house, trx, vault, owner, { kind: 'infected', ...facts, own: false })
  }
}

async function send(
  house: House,
  trx: Trx,
  vault: Vault,
  to: Addressee,
  warning: Warning
): Promise<void> {
  const locale = to.locale ?? house.locale
  await house.post.post(trx, {
    kind: `vault_${warning.kind}`,
    to: to.email,
    locale,
    ...warningLetter(house, { name: to.name, locale }, vault, warning),
  })
}

function vaultOf(house: House, trx: Trx, { vaultId }: Activity): Promise<Vault> {
  return house.vaults.byId(trx, vaultId)
}
