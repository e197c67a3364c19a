import type { Trx } from '#transaction'
import { addFile, freeName, insertEntry, takenBy, type NewFile } from './adding.ts'
import { changeBy, type Change } from './change.ts'
import { mailboxChange, mailFolder } from './mailbox_vault.ts'
import { fromEntry, type VaultFile } from './entries.ts'
import { checkedName, fittedName } from './names.ts'
import type { House } from './rows.ts'

/** Where files go that the recipient of a mail sends back: into the vault of its sender's mailbox. Plain JSON. */
export interface ReturnAddress {
  mailbox: string
  /** Address of whoever sends back. */
  recipient: string
  message: { number: number; subject: string; receivedAt: string }
}

/** @throws Refused `E_NAME` for what could not be put there under its name */
export function assertReturnable({ name }: { name: string }): void {
  checkedName(name)
}

/**
 * Puts a file that comes back into the folder of the mail, under the recipient's name, in the caller's transaction and as its
 * last statement.
 */
export async function putReturned(
  house: House,
  trx: Trx,
  { mailbox, recipient, message }: ReturnAddress,
  file: NewFile
): Promise<VaultFile> {
  const { vault } = await mailboxChange(house, trx, mailbox)
  const actor = { id: null, name: recipient }
  return changeBy(house, trx, vault.id, actor, async (at) => {
    const receivedAt = new Date(message.receivedAt)
    const folder = await folderOf(at, await mailFolder(at, { ...message, receivedAt }), recipient)
    const wanted = checkedName(file.name)
    const taken = await takenBy(trx, vault.id, folder, wanted)
    const name = taken ? await freeName(trx, vault.id, folder, wanted) : wanted
    const row = await addFile(at, folder, { ...file, name })
    at.note({
      what: 'returned',
      entryId: row.id,
      names: [name],
      details: { recipient, message: message.number },
    })
    return fromEntry(row, at.at) as VaultFile
  })
}

async function folderOf(at: Change, parent: number, recipient: string): Promise<number> {
  const name = fittedName(recipient)
  const there = await at.trx
    .from('entries')
    .where({ vault_id: at.vault.id, parent_id: parent, kind: 'folder', made_by_name: recipient })
    .whereNull('trashed_at')
    .select('id')
    .first()
  if (there) return (there as { id: number }).id
  const taken = await takenBy(at.trx, at.vault.id, parent, name)
  const free = taken ? await freeName(at.trx, at.vault.id, parent, name) : name
  return insertEntry(at, parent, { kind: 'folder', name: free, size: 0 })
}
