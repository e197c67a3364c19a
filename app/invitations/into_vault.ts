import { normalAddress, type Accounts, type Directory, type Language, type Person } from '#accounts'
import { PermanentError, Refused } from '#errors'
import { transaction, type Trx } from '#transaction'
import { assertGrant, type Access, type Grant, type Vaults } from '#vault'
import type { Database } from '@adonisjs/lucid/database'
import { countLetter } from './daily_letters.ts'
import { addedLetter, ownerToldLetter } from './letters.ts'
import { listed, type Invitation } from './rows.ts'
import { end, insert, send, waiting, type Writing } from './sending.ts'
import { checkedWords } from './words.ts'

export interface VaultInvitation extends Grant {
  email: string
  locale: Language
  words?: string
  /** Needed of an administrator who is not the owner. */
  why?: string
}

interface IntoVaultOptions extends Writing {
  db: Database
  accounts: Accounts
  directory: Directory
  vaults: Vaults
}

/** Invitations into a vault, by whoever manages it. */
export class IntoVault {
  readonly #options: IntoVaultOptions

  constructor(options: IntoVaultOptions) {
    this.#options = options
  }

  /**
   * Invites somebody, or lets him in where he has an account.
   *
   * @throws Refused `E_ROLE`, `E_MEMBER`, `E_MAILBOX_VAULT`, `E_TOO_MANY`; PermanentError `E_ADDRESS`, `E_MEMBER_ROLE`, `E_PERIOD`,
   *   `E_WORDS`, `E_REASON_MISSING`
   */
  async invite(access: Access, wanted: VaultInvitation): Promise<'added' | 'invited'> {
    const { accounts, db, directory, now, vaults } = this.#options
    const email = normalAddress(wanted.email)
    const words = checkedWords(wanted.words)
    assertGrant(wanted, now())
    const why = reasonOf(access, wanted.why)
    const { vault, viewer } = access
    const grant = { role: wanted.role, until: wanted.until, ...(why ? { why } : {}) }
    const isLocal = await accounts.isLocal(email)
    return transaction(db, async (trx) => {
      await countLetter(trx, viewer.id, now())
      if (why) await this.#tellOwner(trx, access, email, why)
      const person = await directory.withAddress(email, trx)
      await end(trx, { email, vault_id: vault.id }, now())
      if (person) {
        const membership = { ...vault, ...grant }
        await this.#tellAdded(trx, person, { inviter: viewer.name, vault: membership, words })
        const member = { id: person.id, name: person.fullName }
        await vaults.admissions.add(trx, access, member, grant)
        return 'added'
      }
      await insert(this.#options, trx, {
        kind: 'vault',
        email,
        role: isLocal ? 'staff' : 'client',
        vault_id: vault.id,
        vault_role: wanted.role,
        member_until: wanted.until?.getTime() ?? null,
        words,
        locale: wanted.locale,
        invited_by: viewer.id,
      })
      await vaults.admissions.noteInvited(trx, access, email, grant)
      return 'invited'
    })
  }

  /** Open and expired ones, newest first. @throws Refused `E_ROLE` for whoever does not manage the vault */
  async list(access: Access): Promise<Invitation[]> {
    this.#assertManages(access)
    const { db, now } = this.#options
    return listed(db, { 'invitations.vault_id': access.vault.id }, now())
  }

  /** Sends one anew: another link, and the one before ends. @throws NotFound `E_NO_INVITATION`; Refused `E_ROLE`, `E_TOO_MANY` */
  async resend(access: Access, id: string): Promise<void> {
    this.#assertManages(access)
    const { db, now, vaults } = this.#options
    await transaction(db, async (trx) => {
      await countLetter(trx, access.viewer.id, now())
      const row = await waiting(trx, { id, vault_id: access.vault.id })
      await send(this.#options, trx, row)
      const until = row.member_until === null ? null : new Date(row.member_until)
      const grant = { role: row.vault_role!, until }
      await vaults.admissions.noteInvited(trx, access, row.email, grant)
    })
  }

  /** @throws NotFound `E_NO_INVITATION`; Refused `E_ROLE` */
  async revoke(access: Access, id: string): Promise<void> {
    this.#assertManages(access)
    const { db, now, vaults } = this.#options
    await transaction(db, async (trx) => {
      const { email } = await waiting(trx, { id, vault_id: access.vault.id })
      await end(trx, { id }, now())
      await vaults.admissions.noteUninvited(trx, access, email)
    })
  }

  async #tellAdded(
    trx: Trx,
    person: Person,
    added: Parameters<typeof addedLetter>[1]
  ): Promise<void> {
    if (person.disabledAt) return
    const { locale, places, post } = this.#options
    const letter = addedLetter(person.locale ?? locale, added, places)
    await post.post(trx, { kind: 'vault_shared', to: person.email, ...letter })
  }

  async #tellOwner(trx: Trx, { vault, viewer }: Access, guest: string, why: string) {
    const { directory, locale, places, post } = this.#options
    if (vault.ownerId === null) return
    const owner = await directory.person(vault.ownerId, trx)
    if (owner.disabledAt) return
    const told = { administrator: viewer.name, guest, vault, why }
    const letter = ownerToldLetter(owner.locale ?? locale, told, places)
    await post.post(trx, { kind: 'vault_opened', to: owner.email, ...letter })
  }

  #assertManages(access: Access) {
    if (this.#options.vaults.may(access, 'manage')) return
    throw new Refused('E_ROLE', `A ${access.role} does not manage vault ${access.vault.number}`, {
      facts: { role: access.role, right: 'manage' },
    })
  }
}

/** An administrator who is not the owner opens somebody's vault: he says why. */
function reasonOf(access: Access, why = ''): string | null {
  if (access.role !== 'administrator') return null
  const reason = why.trim()
  if (reason.length < 3) {
    throw new PermanentError('E_REASON_MISSING', 'To let somebody into a vault needs a reason')
  }
  return reason
}
