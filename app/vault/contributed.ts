import type { Source, Vault } from './rows.ts'

/** Bytes of the files that somebody put in and that are there. */
async function ownBytes(source: Source, vault: number, user: number): Promise<number> {
  const [row] = (await source
    .from('entries')
    .where({ vault_id: vault, made_by_id: user })
    .whereNull('trashed_at')
    .sum('size as bytes')) as { bytes: number | string | null }[]
  return Number(row?.bytes ?? 0)
}

/** A vault as its contributor is told of it: what others put in does not count, and what is free is what is free. */
export async function asContributor(source: Source, vault: Vault, user: number): Promise<Vault> {
  const own = await ownBytes(source, vault.id, user)
  const { quota, used, reserved } = vault
  const free = quota === null ? null : Math.max(0, quota - used - reserved)
  return { ...vault, used: own, reserved: 0, quota: free === null ? null : own + free }
}
