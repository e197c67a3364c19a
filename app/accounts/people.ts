import { PermanentError, Refused } from '#errors'
import type { Trx } from '#transaction'
import { sortKey } from '../sort_key.ts'

export const ROLES = ['administrator', 'staff', 'client', 'auditor'] as const

/** What an account may do in this installation. */
export type Role = (typeof ROLES)[number]

/** Whether people of this role send and receive mail of the firm, and so get their address as a mailbox. */
export function ownsMail(role: Role): boolean {
  return role === 'staff' || role === 'administrator'
}

export const LANGUAGES = ['de', 'en'] as const

/** What pages and mails speak to a person. */
export type Language = (typeof LANGUAGES)[number]

/** A person with an account. */
export interface Account {
  id: number
  email: string
  /** In its normal form; accounts from before user names have none. */
  username: string | null
  fullName: string
  role: Role
  /** Null: nobody has chosen yet. */
  locale: Language | null
}

export interface AccountRow {
  id: number
  email: string
  username: string | null
  full_name: string
  role: Role
  locale: Language | null
}

export const ACCOUNT_COLUMNS = ['id', 'email', 'username', 'full_name', 'role', 'locale'] as const

export function accountFromRow(row: AccountRow): Account {
  const { id, email, username, full_name: fullName, role, locale } = row
  return { id, email, username, fullName, role, locale }
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

/** @throws PermanentError `E_NAME` */
export function normalFullName(text: string): string {
  const name = text.trim().replace(/\s+/g, ' ')
  if (name === '' || name.length > 200 || /\p{Cc}/u.test(name)) {
    throw new PermanentError('E_NAME', 'A name has between 1 and 200 characters')
  }
  return name
}

/** The columns that follow from somebody's name. */
export const nameColumns = (fullName: string) => ({
  full_name: fullName,
  sort_name: sortKey(fullName),
})

/** A new account, checked and with its password hashed. */
export interface Entrant extends Omit<Account, 'id'> {
  password: string
}

/**
 * Two who register at once both find a name free; the unique index lets one through, and the transaction of the other runs again.
 *
 * @throws Refused `E_EMAIL_TAKEN`, `E_USERNAME_TAKEN`
 */
export async function insertAccount(trx: Trx, entrant: Entrant, now: Date): Promise<Account> {
  const { email, username, fullName, role, locale, password } = entrant
  if (await trx.from('users').where('email', email).first()) throw emailTaken(email)
  if (username && (await trx.from('users').where('username', username).first())) {
    throw usernameTaken(username)
  }
  await trx
    .insertQuery()
    .table('users')
    .insert({
      email,
      username,
      ...nameColumns(fullName),
      role,
      locale,
      password,
      registered_at: now.getTime(),
    })
  const row: AccountRow = await trx
    .from('users')
    .where('email', email)
    .select(...ACCOUNT_COLUMNS)
    .firstOrFail()
  return accountFromRow(row)
}

export function usernameTaken(username: string): Refused {
  return new Refused(
    'E_USERNAME_TAKEN',
    `There is an account with the user name ${username} already`
  )
}

function emailTaken(email: string): Refused {
  return new Refused('E_EMAIL_TAKEN', `There is an account with the address ${email} already`)
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
