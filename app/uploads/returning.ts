import { Refused } from '#errors'
import type { Trx } from '#transaction'
import type { House } from './rows.ts'

const DAY = 24 * 60 * 60 * 1000

/** What may come back through one link in a day: a mailbox has no quota, and links are passed on. */
export const RETURNS = { files: 50, bytes: 2 * 1024 ** 3 }

/** @throws Refused `E_TOO_MANY` when more comes back through a link than anybody needs */
export async function refuseFlood(
  house: House,
  trx: Trx,
  link: string,
  length: number
): Promise<void> {
  const [row] = (await trx
    .from('uploads')
    .where('link_id', link)
    .where('begun_at', '>', house.now().getTime() - DAY)
    .count('* as files')
    .sum('length as bytes')) as { files: number | string; bytes: number | string | null }[]
  const { files, bytes } = RETURNS
  if (Number(row?.files ?? 0) < files && Number(row?.bytes ?? 0) + length <= bytes) return
  throw new Refused('E_TOO_MANY', `More comes back through link ${link} than is allowed in a day`, {
    facts: { files, bytes },
  })
}
