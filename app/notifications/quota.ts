import { transaction } from '#transaction'
import { members } from './people.ts'
import type { House } from './rows.ts'
import { warningLetter } from './warnings.ts'

/** Percent of the quota at which the owner is told, once each time they are passed. */
export const WARN_AT = [80, 95] as const

/** Bytes taken, what uploads under way have reserved included, and the level that this is: 0, 80 or 95. */
export function fullness(vault: { used: number; reserved: number; quota: number | null }): {
  taken: number
  percent: number
  level: number
} {
  const taken = vault.used + vault.reserved
  if (vault.quota === null) return { taken, percent: 0, level: 0 }
  const percent = vault.quota === 0 ? 100 : Math.floor((taken * 100) / vault.quota)
  return { taken, percent, level: WARN_AT.findLast((level) => percent >= level) ?? 0 }
}

/** Vaults whose level is another than the one that was last noted. */
async function passing(house: House, limit: number): Promise<number[]> {
  const level = `CASE WHEN vaults.used * 100 >= vaults.quota * 95 THEN 95
    WHEN vaults.used * 100 >= vaults.quota * 80 THEN 80 ELSE 0 END`
  const rows: { id: number }[] = await house.db
    .from('vaults')
    .leftJoin('quota_warnings', 'quota_warnings.vault_id', 'vaults.id')
    .whereNotNull('vaults.quota')
    .whereNull('vaults.trashed_at')
    .whereRaw(`${level} <> COALESCE(quota_warnings.level, 0)`)
    .select('vaults.id')
    .orderBy('vaults.id')
    .limit(limit)
  return rows.map(({ id }) => id)
}

/** Tells owners whose vaults have passed a level upwards; one that sinks below it may be told again. */
export async function warnOwners(house: House, limit: number): Promise<void> {
  for (const id of await passing(house, limit)) await warn(house, id)
}

async function warn(house: House, vaultId: number): Promise<void> {
  await transaction(house.db, async (trx) => {
    await trx.from('vaults').where('id', vaultId).forUpdate()
    const vault = await house.vaults.byId(trx, vaultId)
    // What is reserved comes and goes; a mail is about what is there.
    const { percent, level } = fullness({ ...vault, reserved: 0 })
    const known: { level: number } | null = await trx
      .from('quota_warnings')
      .where('vault_id', vaultId)
      .first()
    await trx
      .knexQuery()
      .table('quota_warnings')
      .insert({ vault_id: vaultId, level })
      .onConflict('vault_id')
      .merge()
    if (level <= (known?.level ?? 0) || vault.ownerId === null) return
    const [owner] = await members(trx, (rows) => {
      rows.where({ 'memberships.vault_id': vaultId, 'memberships.user_id': vault.ownerId! })
    })
    if (!owner || owner.isDisabled) return
    const locale = owner.locale ?? house.locale
    const warning = {
      kind: 'quota' as const,
      percent: Math.min(percent, 100),
      used: vault.used,
      quota: vault.quota!,
    }
    await house.post.post(trx, {
      kind: 'vault_quota',
      to: owner.email,
      locale,
      ...warningLetter(house, { name: owner.name, locale }, vault, warning),
    })
  })
}
