import { PermanentError, Refused } from '#errors'
import { insertNumbered } from '#prepared'
import { transaction, type Trx } from '#transaction'
import { open, type Access, type VaultViewer } from './access.ts'
import { changeBy } from './change.ts'
import { asContributor } from './contributed.ts'
import type { VaultRole } from './roles.ts'
import { hasNews } from './news.ts'
import { dateOf, fromVault, type House, type Source, type Vault, type VaultRow } from './rows.ts'

/** What a new vault may hold, in bytes. */
export const FIRST_QUOTA = 5 * 1024 ** 3

const LONGEST_NAME = 200

/** A vault in somebody's list. */
export interface ListedVault extends Vault {
  role: VaultRole
  ownerName: string | null
  /** Others put something in since his last visit that he may see. */
  unread: boolean
}

/** @returns on one line. @throws PermanentError `E_VAULT_NAME` */
export function checkedVaultName(name: string): string {
  const plain = name.normalize('NFC').trim().replace(/\s+/g, ' ')
  if (plain === '' || plain.length > LONGEST_NAME || /\p{Cc}/u.test(plain)) {
    throw new PermanentError('E_VAULT_NAME', `A vault's name has 1 to ${LONGEST_NAME} characters`)
  }
  return plain
}

/** The next vault number; no two ever get one. */
export async function nextNumber(trx: Trx): Promise<number> {
  await trx.from('counters').where('name', 'vault').increment('value', 1)
  const row: { value: number } = await trx.from('counters').where('name', 'vault').firstOrFail()
  return row.value
}

/** Whether somebody may open vaults of his own: administrators always, others as the rules say. */
export async function mayCreate(
  house: Pick<House, 'rules'>,
  { role }: Pick<VaultViewer, 'role'>
): Promise<boolean> {
  if (role === 'administrator') return true
  const openers = (await house.rules?.vaultOpeners()) ?? 'staff'
  return openers === 'everybody' || (openers === 'staff' && role === 'staff')
}

/**
 * @param options.quota bytes, null for no limit
 * @throws PermanentError `E_VAULT_NAME`; Refused `E_ROLE` for whom the rules do not let
 */
export async function create(
  house: House,
  viewer: VaultViewer,
  options: { name: string; quota?: number | null }
): Promise<Access> {
  const name = checkedVaultName(options.name)
  if (!(await mayCreate(house, viewer))) {
    throw new Refused('E_ROLE', `A ${viewer.role} makes no vaults`, {
      facts: { role: viewer.role },
    })
  }
  const usual = (await house.rules?.defaultQuota()) ?? FIRST_QUOTA
  const quota = options.quota === undefined ? usual : options.quota
  const at = house.now().getTime()
  const number = await transaction(house.db, async (trx) => {
    const next = await nextNumber(trx)
    const id = await insertNumbered(trx, 'vaults', {
      ...{ number: next, name, quota, owner_id: viewer.id, opened_at: at, changed_at: at },
    })
    await trx.table('memberships').insert({
      ...{ vault_id: id, user_id: viewer.id, role: 'owner', since: at, notify: 'at_once' },
      last_visit_at: at,
    })
    await changeBy(house, trx, id, viewer, async (change) => {
      change.note({ what: 'vault_made', names: [name], details: { quota } })
    })
    return next
  })
  return open(house, number, viewer)
}

/** The vaults somebody may enter, in the order of their numbers, from behind `after`; those in the trash left out. */
export async function listFor(
  house: House,
  viewer: VaultViewer,
  page: { after?: number; limit: number }
): Promise<ListedVault[]> {
  const now = house.now().getTime()
  type Row = VaultRow & {
    role: VaultRole | null
    owner_name: string | null
    last_visit_at: number | null
  }
  const rows: Row[] = await house.db
    .from('vaults')
    .leftJoin('memberships', (join) => {
      join.on('memberships.vault_id', 'vaults.id').andOnVal('memberships.user_id', viewer.id)
    })
    .leftJoin('users', 'users.id', 'vaults.owner_id')
    .select(
      'vaults.*',
      'memberships.role',
      'memberships.last_visit_at',
      'users.full_name as owner_name'
    )
    .where('vaults.number', '>', page.after ?? 0)
    .whereNull('vaults.trashed_at')
    .where((his) => {
      his
        .whereIn('vaults.id', (own) => {
          own
            .from('memberships')
            .select('vault_id')
            .where('user_id', viewer.id)
            .where((valid) => void valid.whereNull('until').orWhere('until', '>', now))
        })
        .orWhereIn('vaults.mailbox', viewer.mailboxes)
    })
    .orderBy('vaults.number')
    .limit(page.limit)
  return Promise.all(rows.map((row) => listed(house.db, viewer, row)))
}

async function listed(
  db: Source,
  viewer: VaultViewer,
  row: VaultRow & {
    role: VaultRole | null
    owner_name: string | null
    last_visit_at: number | null
  }
): Promise<ListedVault> {
  const role = row.role ?? 'reader'
  const vault = fromVault(row)
  const contributes = role === 'contributor'
  return {
    ...(contributes ? await asContributor(db, vault, viewer.id) : vault),
    role,
    ownerName: row.owner_name,
    unread: row.role !== null && (await isUnread(db, viewer.id, row.role, row)),
  }
}

async function isUnread(
  db: Source,
  userId: number,
  role: VaultRole,
  row: VaultRow & { last_visit_at: number | null }
): Promise<boolean> {
  if (row.changed_at <= (row.last_visit_at ?? 0)) return false
  return hasNews(db, row, { userId, role }, { since: dateOf(row.last_visit_at) })
}
