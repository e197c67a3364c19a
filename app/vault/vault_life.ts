import { Refused } from '#errors'
import { transaction, type Trx } from '#transaction'
import type { Access, VaultViewer } from './access.ts'
import { change, changeBy } from './change.ts'
import { fromVault, type House, type Vault, type VaultRow } from './rows.ts'
import { KEPT_IN_TRASH } from './trash.ts'
import { checkedVaultName } from './vaults.ts'

/** How a vault is named, rests and ends. */
export class VaultLife {
  readonly #house: House

  constructor(house: House) {
    this.#house = house
  }

  /** @throws PermanentError `E_VAULT_NAME`; Refused `E_ROLE` */
  rename(access: Access, name: string): Promise<void> {
    const wanted = checkedVaultName(name)
    return change(this.#house, access, 'manage', async (at) => {
      const { id, name: before } = at.vault
      if (before === wanted) return
      await at.trx.from('vaults').where('id', id).update({ name: wanted })
      at.note({ what: 'vault_renamed', names: [wanted], details: { from: before } })
    })
  }

  /** An archived vault is there to be read; nothing in it changes. */
  archive(access: Access, archived: boolean): Promise<void> {
    return change(this.#house, access, 'manage', async (at) => {
      const { id, archivedAt } = at.vault
      if ((archivedAt !== null) === archived) return
      await at.trx
        .from('vaults')
        .where('id', id)
        .update({ archived_at: archived ? at.at.getTime() : null })
      at.note({ what: archived ? 'archived' : 'reopened' })
    })
  }

  /**
   * Puts a vault into the trash: from then on it is there for its owner only, and after 30 days for nobody.
   *
   * @param typed its name, as the person typed it
   * @throws Refused `E_CONFIRMATION` when that is not its name, `E_ROLE`
   */
  trash(access: Access, typed: string): Promise<void> {
    return change(this.#house, access, 'manage', async (at) => {
      const { id, name, trashedAt } = at.vault
      if (typed.normalize('NFC').trim() !== name) {
        throw new Refused('E_CONFIRMATION', 'The name was typed differently', { facts: { name } })
      }
      if (trashedAt) return
      await at.trx.from('vaults').where('id', id).update({ trashed_at: at.at.getTime() })
      at.note({ what: 'vault_removed', names: [name] })
    })
  }

  restore(access: Access): Promise<void> {
    return change(this.#house, access, 'manage', async (at) => {
      const { id, name, trashedAt } = at.vault
      if (!trashedAt) return
      await at.trx.from('vaults').where('id', id).update({ trashed_at: null })
      at.note({ what: 'vault_restored', names: [name] })
    })
  }

  /** Vaults in the trash that somebody may take out of it, newest first. */
  async trashedFor(viewer: VaultViewer): Promise<Vault[]> {
    const rows: VaultRow[] = await this.#house.db
      .from('vaults')
      .where('owner_id', viewer.id)
      .whereNotNull('trashed_at')
      .orderBy('trashed_at', 'desc')
      .limit(200)
    return rows.map(fromVault)
  }
}

/** Destroys vaults that were put into the trash 30 days ago; their number stays taken. @returns how many. For the sweep */
export async function destroyOldVaults(house: House): Promise<number> {
  const before = house.now().getTime() - KEPT_IN_TRASH
  const old: { id: number }[] = await house.db
    .from('vaults')
    .where('trashed_at', '<=', before)
    .whereNotNull('owner_id')
    .select('id')
    .orderBy('id')
    .limit(10)
  for (const { id } of old) await transaction(house.db, (trx) => destroy(house, trx, id))
  return old.length
}

async function destroy(house: House, trx: Trx, id: number): Promise<void> {
  const now = house.now().getTime()
  await changeBy(house, trx, id, { id: null, name: '' }, async (at) => {
    const inVault = () => trx.from('entries').where('vault_id', id)
    await trx
      .from('versions')
      .whereIn('entry_id', inVault().select('id'))
      .whereNull('retired_at')
      .update({ retired_at: now })
    await inVault().where('kind', 'folder').delete()
    await inVault()
      .whereNull('purged_at')
      .update({ purged_at: now, trash_root: false, trashed_at: now })
    for (const table of ['memberships', 'activities', 'undos']) {
      await trx.from(table).where('vault_id', id).delete()
    }
    await trx
      .from('vaults')
      .where('id', id)
      .update({ owner_id: null, name: '', used: 0, reserved: 0 })
    at.note({ what: 'vault_destroyed' })
  })
}
