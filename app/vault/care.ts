import { PermanentError, Refused } from '#errors'
import { openForAdministration, type Access, type VaultViewer } from './access.ts'
import { change } from './change.ts'
import type { VaultRole } from './roles.ts'
import { fromVault, type House, type Vault, type VaultRow } from './rows.ts'

/** A vault as who looks after the installation sees it: nothing that lies in it. */
export interface KeptVault extends Vault {
  ownerName: string | null
  /** The owner's account is disabled. */
  orphaned: boolean
  /** Of people who may enter it now. */
  members: number
}

export interface KeptFilter {
  /** Number of a vault, or part of its owner's name, address or mailbox. */
  search?: string
}

/** What administrators of the installation do with vaults, whose content they never see. */
export class Care {
  readonly #house: House

  constructor(house: House) {
    this.#house = house
  }

  /** A vault without its content: its members, quota and end. @throws NotFound `E_NO_VAULT` */
  open(number: number, viewer: VaultViewer): Promise<Access> {
    return openForAdministration(this.#house, number, viewer)
  }

  /**
   * All vaults, in the order of their numbers, from behind `after`; those that were destroyed are none.
   *
   * @throws Refused `E_ROLE` for whoever is no administrator
   */
  async list(
    viewer: { role: string },
    { search }: KeptFilter,
    page: { after?: number; limit: number }
  ): Promise<KeptVault[]> {
    if (viewer.role !== 'administrator') {
      throw new Refused('E_ROLE', 'Only administrators see all vaults', {
        facts: { role: viewer.role },
      })
    }
    const now = this.#house.now().getTime()
    const query = this.#house.db
      .from('vaults')
      .leftJoin('users', 'users.id', 'vaults.owner_id')
      .select('vaults.*', 'users.full_name as owner_name', 'users.disabled_at as owner_disabled_at')
      .select(
        this.#house.db.raw(
          `(SELECT COUNT(*) FROM memberships WHERE vault_id = vaults.id AND (until IS NULL OR until > ?)) AS members`,
          [now]
        )
      )
      .where('vaults.number', '>', page.after ?? 0)
      .where((there) => void there.whereNotNull('owner_id').orWhereNotNull('mailbox'))
      .orderBy('vaults.number')
      .limit(page.limit)
    const word = (search ?? '').trim().toLowerCase()
    if (word !== '') {
      const like = `%${word.replace(/[\\%_]/g, '\\$&')}%`
      query.where((any) => {
        if (/^\d{1,9}$/.test(word)) any.orWhere('vaults.number', Number(word))
        for (const column of ['users.full_name', 'users.email', 'vaults.mailbox']) {
          any.orWhereRaw(`lower(${column}) LIKE ? ESCAPE '\\'`, [like])
        }
      })
    }
    const rows: (VaultRow & {
      owner_name: string | null
      owner_disabled_at: number | null
      members: number | string
    })[] = await query
    return rows.map((row) => ({
      ...fromVault(row),
      ownerName: row.owner_name,
      orphaned: row.owner_disabled_at !== null,
      members: Number(row.members),
    }))
  }

  /**
   * What a vault may hold, in bytes. What lies in it stays, also when that is more.
   *
   * @throws Refused `E_ROLE` for whoever is not the administrator, `E_MAILBOX_VAULT`; PermanentError `E_QUOTA_SIZE`
   */
  setQuota(access: Access, bytes: number): Promise<void> {
    return change(this.#house, access, 'manage', async (at) => {
      if (!mayRation.has(access.role)) {
        throw new Refused('E_ROLE', 'Only administrators set quotas', {
          facts: { role: access.role },
        })
      }
      if (at.vault.mailbox !== null) {
        throw new Refused('E_MAILBOX_VAULT', `Vault ${at.vault.number} has no quota`)
      }
      if (!Number.isSafeInteger(bytes) || bytes < 1 || bytes > 1024 ** 5) {
        throw new PermanentError('E_QUOTA_SIZE', 'A quota has between 1 byte and 1 PB')
      }
      if (at.vault.quota === bytes) return
      await at.trx.from('vaults').where('id', at.vault.id).update({ quota: bytes })
      at.note({ what: 'quota_changed', details: { from: at.vault.quota, to: bytes } })
    })
  }
}

/** Sees to it that no owner gives himself more. */
const mayRation: ReadonlySet<VaultRole> = new Set(['administrator'])
