import { NotFound, Refused } from '#errors'
import { telemetry } from '#telemetry'
import { transaction, type Trx } from '#transaction'
import { accessFor } from './creating.ts'
import type { ReturnAddress } from '#vault'
import type { House, UploadRow } from './rows.ts'

/** The name was taken meanwhile, and the file was to be left out then. */
class LeftOut extends Error {}

/**
 * Puts a file of which all bytes are there where it was announced to go. May be repeated: a second time does nothing.
 *
 * Where the client wanted to be asked about a name and it was taken meanwhile, both are kept: nobody is there to answer, and
 * nothing may be lost.
 *
 * @throws as `Vaults.put`: the bytes stay, and completing may be tried again
 */
export async function complete(house: House, row: UploadRow): Promise<void> {
  if (row.done_at !== null) return
  const grown = await house.blobs.growing.finish(row.blob).catch((error: unknown) => {
    // Another request came first.
    if (error instanceof NotFound) return undefined
    throw error
  })
  if (!grown) return
  try {
    await put(house, row, (trx) => house.blobs.record(trx, grown))
  } catch (error) {
    if (!(error instanceof LeftOut)) throw error
    await giveUp(house, row)
    throw new Refused('E_SKIPPED', `${row.name} was left out`, { facts: { names: [row.name] } })
  }
  telemetry.uploaded({ bytes: row.length })
  house.wake(row.blob)
}

async function put(house: House, row: UploadRow, record: (trx: Trx) => Promise<void>) {
  const file = { name: row.name, type: row.type, blob: row.blob, size: row.length }
  const finish = async (trx: Trx) => {
    const at = house.now().getTime()
    const open = trx.from('uploads').where('id', row.id).whereNull('done_at')
    const changed: unknown = await open.update({ done_at: at, active_at: at })
    if (!affected(changed)) throw new NotFound('E_NO_UPLOAD', `Upload ${row.id} is gone or done`)
    await record(trx)
  }
  if (row.returned !== null) {
    const to = JSON.parse(row.returned) as ReturnAddress
    return transaction(house.db, async (trx) => {
      await finish(trx)
      await house.vaults.putReturned(trx, to, file)
    })
  }
  const to = { vault: row.vault_number!, folder: row.folder_id }
  const open = await accessFor(house, { kind: 'member', userId: row.user_id! }, to)
  // Its client knows the name of the upload, and no other.
  const access = house.vaults.undoing.remembering(open, row.id)
  return transaction(house.db, async (trx) => {
    await finish(trx)
    const made = await house.vaults.put(trx, access, row.folder_id, file, {
      conflict: row.conflict === 'ask' ? 'keep' : row.conflict,
      path: JSON.parse(row.path) as string[],
      reserved: row.length,
    })
    if (!made) throw new LeftOut()
  })
}

/** Databases say it as a number or as a list with one. */
const affected = (answer: unknown) => Number([answer].flat()[0]) > 0

/** Ends an upload that will not be completed: its bytes go, and the room kept for it is free again. */
export async function giveUp(house: House, row: UploadRow): Promise<void> {
  await transaction(house.db, async (trx) => {
    const deleted: unknown = await trx
      .from('uploads')
      .where('id', row.id)
      .whereNull('done_at')
      .delete()
    if (affected(deleted) && row.vault_id !== null) {
      await house.vaults.release(trx, row.vault_id, row.length)
    }
  })
  await house.blobs.growing.abandon(row.blob)
}
