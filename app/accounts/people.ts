import { Refused } from '#errors'
import type { Trx } from '#transaction'

export const ROLES = ['administrator', 'staff', 'client', 'auditor'] as const

/** What an account may do in this installation. */
export type Role = (typeof ROLES)[number]

/** Whether people of this role send and receive mail of the firm, and so get their address as a mailbox. */
export function ownsMail(role: Role): boolean {
  return role === 'staff' || role === 'administrator'
}

/** A person with an account. */
export interface Account {
  id: number
  email: string
  fullName: string
  role: Role
}

/** An address that belongs to an account, since and until when. Half-open: `untilAt` itself is outside. */
export interface Mailbox {
  address: string
  fromAt: Date
  untilAt: Date | null
}

export interface MailboxRow {
  address: string
  from_at: number
  until_at: number | null
}

export function mailboxFromRow(row: MailboxRow): Mailbox {
  const { address, from_at: from, until_at: until } = row
  return {
    address,
    fromAt: new Date(from),
    untilAt: until === null ? null : new Date(until),
  }
}

/** A new account, checked and with its password hashed. */
export interface Entrant {
  email: string
  fullName: string
  role: Role
  password: string
}

/** @throws Refused `E_EMAIL_TAKEN` */
export async function insertAccount(trx: Trx, entrant: Entrant, now: Date): Promise<Account> {
  const { email, fullName, role, password } = entrant
  if (await trx.from('users').where('email', email).first()) throw emailTaken(email)
  await trx
    .insertQuery()
    .table('users')
    .insert({ email, full_name: fullName, role, password, registered_at: now.getTime() })
  const row: { id: number } = await trx
    .from('users')
    .where('email', email)
    .select('id')
    .firstOrFail()
  return { id: row.id, email, fullName, role }
}

export function emailTaken(email: string, cause?: unknown): Refused {
  return new Refused('E_EMAIL_TAKEN', `There is an account with the address ${email} already`, {
    cause,
  })
}

/** Two who register at once both find the address free; the unique index lets one through. */
export function isDuplicate(error: unknown): boolean {
  const code = (error as { code?: string }).code
  return code === '23505' || code === 'SQLITE_CONSTRAINT_UNIQUE'
}

/**
 * Gives an account its address as a mailbox, unless it was ever somebody's: then an administrator decides whose mail is
 * whose. It reaches back to the first mail, since the address had no other owner here.
 *
 * @returns whether it got it
 */
export async function claimMailbox(
  trx: Trx,
  account: Pick<Account, 'id' | 'email'>
): Promise<boolean> {
  if (await trx.from('mailboxes').where('address', account.email).first()) return false
  await trx
    .insertQuery()
    .table('mailboxes')
    .insert({ address: account.email, user_id: account.id, from_at: 0, until_at: null })
  return true
}

/**
 * Does the same for people of the firm whose accounts are older than their domain.
 *
 * @returns ids of the accounts that got a mailbox
 */
export async function claimMailboxes(trx: Trx, domain: string): Promise<number[]> {
  const staff: { id: number; email: string }[] = await trx
    .from('users')
    .whereIn('role', ['staff', 'administrator'])
    .where('email', 'like', `%@${domain}`)
    .select('id', 'email')
    .orderBy('id')
  const claimed: number[] = []
  for (const account of staff) if (await claimMailbox(trx, account)) claimed.push(account.id)
  return claimed
}
