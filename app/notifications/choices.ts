import { NotFound } from '#errors'
import { transaction } from '#transaction'
import { current } from './people.ts'
import type { Choice, House } from './rows.ts'

/** What somebody chose for one of his vaults. */
export interface VaultChoice {
  number: number
  name: string
  choice: Choice
}

/** The choices of one person, in the order of the vaults' numbers. */
export async function choicesOf(house: House, userId: number): Promise<VaultChoice[]> {
  const rows: { number: number; name: string; notify: Choice }[] = await house.db
    .from('memberships')
    .join('vaults', 'vaults.id', 'memberships.vault_id')
    .select('vaults.number', 'vaults.name', 'memberships.notify')
    .where('memberships.user_id', userId)
    .where(current(house.now()))
    .whereNull('vaults.trashed_at')
    .orderBy('vaults.number')
  return rows.map(({ number, name, notify: choice }) => ({ number, name, choice }))
}

/**
 * Chooses for one vault. Whoever begins to be told by himself is not told the past.
 *
 * @throws NotFound `E_NO_MEMBERSHIP`
 */
export async function choose(
  house: House,
  userId: number,
  vaultNumber: number,
  choice: Choice
): Promise<void> {
  const now = house.now()
  await transaction(house.db, async (trx) => {
    const row: { id: number; notify: Choice } | null = await trx
      .from('memberships')
      .join('vaults', 'vaults.id', 'memberships.vault_id')
      .where({ 'vaults.number': vaultNumber, 'memberships.user_id': userId })
      .where(current(now))
      .select('memberships.id', 'memberships.notify')
      .first()
    if (!row) throw new NotFound('E_NO_MEMBERSHIP', `Not a member of vault ${vaultNumber}`)
    const begins = row.notify === 'manual' || row.notify === 'never'
    await trx
      .from('memberships')
      .where('id', row.id)
      .update({ notify: choice, ...(begins ? { notified_at: now.getTime() } : {}) })
  })
}
