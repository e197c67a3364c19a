import { createHash, randomInt } from 'node:crypto'
import type { Database } from '@adonisjs/lucid/database'
import type { Trx } from '#transaction'

/** As many as fit on a slip of paper. */
const COUNT = 10

/** Without characters that look alike; 16 of them are 79 bits, so a fast hash is enough. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'

const group = () => Array.from({ length: 4 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')

/** However it was typed. */
const plain = (code: string) => code.toLowerCase().replace(/[^a-z0-9]/g, '')

const hashOf = (accountId: number, code: string) =>
  createHash('sha256')
    .update(`${accountId}:${plain(code)}`)
    .digest('hex')

/** Whether something typed may be a recovery code rather than a one-time password. */
export function looksLikeRecoveryCode(code: string): boolean {
  return plain(code).length === 16
}

/** Ten new codes in place of the old ones. The table has their hashes; the codes are shown this once. */
export async function replaceRecoveryCodes(trx: Trx, accountId: number): Promise<string[]> {
  const codes = Array.from({ length: COUNT }, () => [group(), group(), group(), group()].join('-'))
  await trx.from('recovery_codes').where('account_id', accountId).delete()
  await trx
    .insertQuery()
    .table('recovery_codes')
    .multiInsert(
      codes.map((code) => ({ account_id: accountId, code_hash: hashOf(accountId, code) }))
    )
  return codes
}

/** @returns whether it was one that nobody has used; now it is used */
export async function useRecoveryCode(
  trx: Trx,
  accountId: number,
  code: string,
  now: Date
): Promise<boolean> {
  const used: unknown = await trx
    .from('recovery_codes')
    .where({ account_id: accountId, code_hash: hashOf(accountId, code) })
    .whereNull('used_at')
    .update({ used_at: now.getTime() })
  return Number(used) === 1
}

/** How many are left. */
export async function countRecoveryCodes(db: Trx | Database, accountId: number): Promise<number> {
  const rows: { total: number | string }[] = await db
    .from('recovery_codes')
    .where('account_id', accountId)
    .whereNull('used_at')
    .count('* as total')
  return Number(rows[0]?.total ?? 0)
}
