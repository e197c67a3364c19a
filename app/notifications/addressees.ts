import type { Trx } from '#transaction'
import type { Vault } from '#vault'

/** Somebody who gets a mail about his own things. */
export interface Addressee {
  /** null: a mailbox without an account. */
  id: number | null
  email: string
  name: string
  locale: 'de' | 'en' | null
}

/** Whose vault it is: its owner, or whoever reads the mailbox. */
export async function ownerOf(trx: Trx, vault: Vault): Promise<Addressee | undefined> {
  if (vault.ownerId !== null) return person(trx, vault.ownerId)
  if (vault.mailbox === null) return undefined
  const row: { user_id: number } | null = await trx
    .from('mailboxes')
    .where('address', vault.mailbox)
    .whereNull('until_at')
    .first()
  const reader = row && (await person(trx, row.user_id))
  return reader
    ? { ...reader, email: vault.mailbox }
    : { id: null, email: vault.mailbox, name: vault.mailbox, locale: null }
}

export async function person(trx: Trx, id: number): Promise<Addressee | undefined> {
  const row: { id: number; email: string; full_name: string; locale: 'de' | 'en' | null } | null =
    await trx
      .from('users')
      .where('id', id)
      .whereNull('disabled_at')
      .select('id', 'email', 'full_name', 'locale')
      .first()
  return row ? { id: row.id, email: row.email, name: row.full_name, locale: row.locale } : undefined
}
