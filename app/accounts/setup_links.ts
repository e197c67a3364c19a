import { createHash, randomBytes } from 'node:crypto'
import type { Trx } from '#transaction'

/** Twenty-four hours, in milliseconds. */
const VALID = 24 * 60 * 60 * 1000

const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')

/** The one link that lets the first administrator in: 256 random bits, of which the table knows the hash only. */
export async function replaceSetupLink(trx: Trx, now: Date): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await trx.from('setup_links').delete()
  await trx
    .insertQuery()
    .table('setup_links')
    .insert({ token_hash: hashOf(token), expires_at: now.getTime() + VALID })
  return token
}

/** Rows of a token that is still good. */
export function openSetupLink(db: Pick<Trx, 'from'>, token: string, now: Date) {
  return db
    .from('setup_links')
    .where('token_hash', hashOf(token))
    .where('expires_at', '>', now.getTime())
}
