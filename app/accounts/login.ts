import type { Database } from '@adonisjs/lucid/database'
import { normalAddress } from './address.ts'

/** Column and value by which what somebody typed as his name is looked up; only addresses contain an @. */
export function byLogin(login: string): [column: string, value: string] {
  if (login.includes('@')) return ['email', looseAddress(login)]
  return ['username', login.trim().normalize('NFKC').toLowerCase().normalize('NFC')]
}

/** What somebody typed as an address, for looking it up: nonsense finds nothing. */
export function looseAddress(text: string): string {
  try {
    return normalAddress(text)
  } catch {
    return text
  }
}

/**
 * What attempts are counted under, the same for an account's address and its user name. Unknown names get one too, by
 * the same query.
 */
export async function subjectOf(db: Database, login: string): Promise<string> {
  const [column, value] = byLogin(login)
  const row: { id: number } | null = await db
    .from('users')
    .where(column, value)
    .select('id')
    .first()
  return row ? `account ${row.id}` : value
}
