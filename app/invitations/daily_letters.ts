import { Refused } from '#errors'
import type { Trx } from '#transaction'

const DAY = 24 * 60 * 60 * 1000

/** Letters of one inviter in a day: an account that was taken over shall not become a source of them. */
const PER_DAY = 100

/**
 * Counts a letter that an inviter has sent: an invitation, one sent anew, word to somebody who was let in.
 *
 * @throws Refused `E_TOO_MANY`
 */
export async function countLetter(trx: Trx, inviter: number, now: Date): Promise<void> {
  const at = now.getTime()
  await trx.table('invitation_letters').insert({ inviter_id: inviter, at })
  const [row] = (await trx
    .from('invitation_letters')
    .where('inviter_id', inviter)
    .where('at', '>', at - DAY)
    .count('* as total')) as { total: number | string }[]
  if (Number(row!.total) <= PER_DAY) return
  throw new Refused('E_TOO_MANY', `Account ${inviter} sent ${PER_DAY} letters today`)
}

/** Forgets those that count no longer. */
export async function forgetLetters(trx: Trx, now: Date): Promise<void> {
  await trx
    .from('invitation_letters')
    .where('at', '<=', now.getTime() - DAY)
    .delete()
}
