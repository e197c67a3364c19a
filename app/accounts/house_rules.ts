import type { Database } from '@adonisjs/lucid/database'
import { PermanentError } from '#errors'
import type { Ledger } from '#ledger'
import { transaction, type Trx } from '#transaction'

/** Who may open vaults of their own. */
export const VAULT_OPENERS = ['administrators', 'staff', 'everybody'] as const
export type VaultOpeners = (typeof VAULT_OPENERS)[number]

const OPENERS = 'vault_openers'
const QUOTA = 'default_quota'

/** 5 GiB, as the product has always given. */
const USUAL_QUOTA = 5 * 1024 ** 3

/** More than any disk of ours holds, and exact as a number: bytes. */
export const LARGEST_QUOTA = 1024 ** 5

/** What administrators set for everybody's vaults. */
export class HouseRules {
  readonly #db: Database
  readonly #ledger: Ledger

  constructor({ db, ledger }: { db: Database; ledger: Ledger }) {
    this.#db = db
    this.#ledger = ledger
  }

  async vaultOpeners(): Promise<VaultOpeners> {
    const value = await this.#value(OPENERS)
    return VAULT_OPENERS.find((one) => one === value) ?? 'staff'
  }

  /** Bytes that a new vault may hold. */
  async defaultQuota(): Promise<number> {
    const value = Number(await this.#value(QUOTA))
    return value > 0 ? value : USUAL_QUOTA
  }

  /** @throws PermanentError `E_OPENERS` */
  async setVaultOpeners(value: VaultOpeners, actor: number): Promise<void> {
    if (!VAULT_OPENERS.includes(value)) {
      throw new PermanentError('E_OPENERS', `${value} is not one of ${VAULT_OPENERS.join(', ')}`)
    }
    await this.#set(OPENERS, value, actor)
  }

  /**
   * For vaults that are opened from now on.
   *
   * @param bytes
   * @throws PermanentError `E_QUOTA_SIZE`
   */
  async setDefaultQuota(bytes: number, actor: number): Promise<void> {
    if (!Number.isSafeInteger(bytes) || bytes < 1 || bytes > LARGEST_QUOTA) {
      throw new PermanentError('E_QUOTA_SIZE', `A quota has between 1 and ${LARGEST_QUOTA} bytes`)
    }
    await this.#set(QUOTA, String(bytes), actor)
  }

  async #value(key: string, trx: Trx | Database = this.#db): Promise<string | null> {
    const row: { value: string } | null = await trx.from('settings').where('key', key).first()
    return row?.value ?? null
  }

  /** Nothing happens when it is so already. */
  async #set(key: string, value: string, actor: number): Promise<void> {
    await transaction(this.#db, async (trx) => {
      if ((await this.#value(key, trx)) === value) return
      await trx.from('settings').where('key', key).delete()
      await trx.insertQuery().table('settings').insert({ key, value })
      const detail = { setting: key, value, actor }
      await this.#ledger.append(trx, [{ type: 'configured', number: null, original: null, detail }])
    })
  }
}
