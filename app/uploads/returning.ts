import { Refused } from '#errors'
import { transaction, type Trx } from '#transaction'
import { assertReturnable, type ReturnAddress } from '#vault'
import { newId } from './ids.ts'
import { mediaType } from './metadata.ts'
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

/**
 * Takes a file that a form without script brings, in one go: its length is not known before its end.
 *
 * @throws Refused `E_NAME`, `E_TOO_MANY`; PermanentError `E_TOO_LARGE`; TransientError `E_DISK_FULL`; errors of the source
 */
export async function takeReturned(
  house: House,
  link: string,
  to: ReturnAddress,
  { name, type: said }: { name: string; type: string },
  source: AsyncIterable<Uint8Array>
): Promise<void> {
  assertReturnable({ name })
  const type = mediaType(said)
  await transaction(house.db, (trx) => refuseFlood(house, trx, link, 0))
  const maxSize = Math.min(house.maxSize, RETURNS.bytes)
  const written = await house.blobs.write(source, { maxSize })
  const { id: blob, size, sha256, crc32 } = written
  const now = house.now().getTime()
  await house.blobs.recording(written, () =>
    transaction(house.db, async (trx) => {
      await refuseFlood(house, trx, link, size)
      await trx
        .insertQuery()
        .table('uploads')
        .insert({
          ...{ id: newId(), blob, length: size, name, type, path: '[]', conflict: 'keep' },
          ...{ metadata: '', link_id: link, returned: JSON.stringify(to) },
          ...{ begun_at: now, active_at: now, done_at: now },
        })
      await house.blobs.record(trx, written)
      await house.vaults.putReturned(trx, to, { name, type, blob, size, sha256, crc32 })
    })
  )
  house.wake(blob)
}
