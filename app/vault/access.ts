import { NotFound } from '#errors'
import { asContributor } from './contributed.ts'
import { fromVault, type House, type Source, type Vault, type VaultRow } from './rows.ts'
import type { VaultRole } from './roles.ts'

/** Somebody who is signed in. */
export interface VaultViewer {
  id: number
  name: string
  /** In the installation. */
  role: 'administrator' | 'staff' | 'client' | 'auditor'
  /** Addresses that are his now. */
  mailboxes: string[]
}

const made = Symbol('made by open')

/** A vault as one person may enter it. Nobody makes one but `open`. */
export interface Access {
  readonly [made]: true
  readonly vault: Vault
  readonly role: VaultRole
  readonly viewer: VaultViewer
  /** Why nothing can be changed in it by anybody. */
  readonly readOnly: 'archived' | 'trashed' | null
  /** Name under which it is remembered how to take back what is done with it. */
  readonly undo?: string
}

export const noVault = (number: number) =>
  new NotFound('E_NO_VAULT', `No vault ${number} for this viewer`)

/**
 * @throws NotFound `E_NO_VAULT` for a vault that is not there, or not his: both look the same
 */
export async function open(
  house: Pick<House, 'now'> & { db: Source },
  number: number,
  viewer: VaultViewer
): Promise<Access> {
  const row: VaultRow | null = await house.db.from('vaults').where('number', number).first()
  const his = row && (await accessTo(house, row, viewer))
  if (!his) throw noVault(number)
  if (his.role !== 'contributor') return his
  return { ...his, vault: await asContributor(house.db, his.vault, viewer.id) }
}

/** A vault for whoever looks after the installation: its members, quota and end, no content. @throws NotFound `E_NO_VAULT` */
export async function openForAdministration(
  house: House,
  number: number,
  viewer: VaultViewer
): Promise<Access> {
  const row: VaultRow | null = await house.db.from('vaults').where('number', number).first()
  if (!row || isDestroyed(row) || viewer.role !== 'administrator') throw noVault(number)
  return access(row, 'administrator', viewer)
}

/** Its number stays, so that no other vault ever gets it. */
const isDestroyed = (row: VaultRow) => row.mailbox === null && row.owner_id === null

/** The same access with what the tables say now, as when the vault is locked for a change. @throws NotFound `E_NO_VAULT` */
export async function renewed(
  house: Pick<House, 'now'> & { db: Source },
  row: VaultRow,
  before: Access
): Promise<Access> {
  const { viewer, role } = before
  const now =
    role === 'administrator' ? access(row, role, viewer) : await accessTo(house, row, viewer)
  if (!now) throw noVault(row.number)
  return now
}

async function accessTo(
  house: Pick<House, 'now'> & { db: Source },
  row: VaultRow,
  viewer: VaultViewer
): Promise<Access | undefined> {
  const role = await roleIn(house, row, viewer)
  // What lies in the trash is there for its owner only, who may take it out again.
  if (!role || (row.trashed_at !== null && role !== 'owner')) return undefined
  return access(row, role, viewer)
}

async function roleIn(
  house: Pick<House, 'now'> & { db: Source },
  row: VaultRow,
  viewer: VaultViewer
): Promise<VaultRole | undefined> {
  const now = house.now().getTime()
  const member: { role: VaultRole } | null = await house.db
    .from('memberships')
    .where({ vault_id: row.id, user_id: viewer.id })
    .where((rows) => void rows.whereNull('until').orWhere('until', '>', now))
    .select('role')
    .first()
  if (member) return member.role
  return row.mailbox !== null && viewer.mailboxes.includes(row.mailbox) ? 'reader' : undefined
}

function access(row: VaultRow, role: VaultRole, viewer: VaultViewer): Access {
  const resting = row.archived_at === null ? null : 'archived'
  const readOnly = row.trashed_at === null ? resting : 'trashed'
  return { [made]: true, vault: fromVault(row), role, viewer, readOnly }
}
