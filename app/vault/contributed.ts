import { dateOf, type Source, type Vault } from './rows.ts'

/** Bytes of the files that somebody put in and that are there, and when the last of them changed. */
async function ownFiles(source: Source, vault: number, user: number) {
  const [row] = (await source
    .from('entries')
    .where({ vault_id: vault, made_by_id: user })
    .whereNull('trashed_at')
    .sum('size as bytes')
    .max('changed_at as last')) as { bytes: number | string | null; last: number | null }[]
  return { bytes: Number(row?.bytes ?? 0), last: dateOf(row?.last ?? null) }
}

/** A vault as its contributor is told of it: what others put in does not count, nor when they did, and what is free is what is free. */
export async function asContributor(source: Source, vault: Vault, user: number): Promise<Vault> {
  const { bytes: own, last } = await ownFiles(source, vault.id, user)
  const { quota, used, reserved } = vault
  const free = quota === null ? null : Math.max(0, quota - used - reserved)
  const changedAt = last ?? vault.openedAt
  return { ...vault, used: own, reserved: 0, changedAt, quota: free === null ? null : own + free }
}
