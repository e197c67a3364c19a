import { forUpdate, insertNumbered, rows } from '#prepared'
import type { Trx } from '#transaction'
import { insertEntry, takenBy } from './adding.ts'
import { Change } from './change.ts'
import { fittedName } from './names.ts'
import { fromVault, type House, type Vault, type VaultRow } from './rows.ts'
import { nextNumber } from './vaults.ts'

const SENT = 'Gesendete Anhänge'

export interface DepositedMail {
  number: number
  subject: string
  receivedAt: Date
}

/** Work in the vault of a mailbox, which is made at the first mail. */
export async function mailboxChange(house: House, trx: Trx, mailbox: string): Promise<Change> {
  const vault = (await vaultOf(trx, mailbox)) ?? (await openVault(house, trx, mailbox))
  return new Change(house, trx, vault, { id: null, name: mailbox }, house.now())
}

/** The folder of a mail: its day and subject, and its number where there is one of that name. */
export async function mailFolder(at: Change, message: DepositedMail): Promise<number> {
  const { trx, vault } = at
  const [known] = await rows<{ id: number }>(
    trx,
    "SELECT id FROM entries WHERE vault_id = ? AND message_number = ? AND kind = 'folder'",
    [vault.id, message.number]
  )
  if (known) return known.id
  const day = message.receivedAt.toISOString().slice(0, 10)
  const number = `Nr. ${message.number}`
  const wanted = fittedName(`${day} ${message.subject || number}`.slice(0, 120))
  const there = await takenBy(trx, vault.id, null, wanted)
  const name = there ? fittedName(wanted, ` (${number})`) : wanted
  return insertEntry(at, null, {
    ...{ kind: 'folder', name, size: 0, message_number: message.number },
  })
}

async function vaultOf(trx: Trx, mailbox: string): Promise<Vault | undefined> {
  const sql = `SELECT * FROM vaults WHERE mailbox = ?${forUpdate(trx)}`
  const [row] = await rows<VaultRow>(trx, sql, [mailbox])
  return row && fromVault(row)
}

async function openVault(house: House, trx: Trx, mailbox: string): Promise<Vault> {
  const at = house.now().getTime()
  const number = await nextNumber(trx)
  await insertNumbered(trx, 'vaults', {
    number,
    name: SENT,
    mailbox,
    opened_at: at,
    changed_at: at,
  })
  return (await vaultOf(trx, mailbox))!
}
