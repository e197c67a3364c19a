import { PermanentError } from '#errors'
import type { Trx } from '#transaction'
import type { Access } from './access.ts'
import { changeWithin } from './change.ts'
import type { House } from './rows.ts'

/** Keeps room for an upload that begins. @throws Refused `E_QUOTA` */
export function reserve(house: House, trx: Trx, access: Access, bytes: number): Promise<void> {
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new PermanentError('E_SIZE', `${bytes} is no number of bytes`)
  }
  return changeWithin(house, trx, access, 'add', (at) => at.charge(0, bytes))
}

/** Gives room back; whoever reserved it may be gone by now. */
export async function release(trx: Trx, vaultId: number, bytes: number): Promise<void> {
  await trx
    .from('vaults')
    .where('id', vaultId)
    .update({ reserved: trx.raw('reserved - ?', [bytes]) })
}
