import { transaction, type Trx } from '#transaction'
import type { Vault } from '#vault'
import { ownerOf, person, type Addressee } from './addressees.ts'
import type { House } from './rows.ts'
import { warningLetter } from './warnings.ts'

const DAY = 24 * 60 * 60 * 1000

/** How long before the end of a membership it is told, in milliseconds. Who was let in for a shorter time knows it. */
const BEFORE = 7 * DAY

/** What ended longer ago than this is no news, such as where this version came late. */
const AFTER = 7 * DAY

interface EndingRow {
  vault_id: number
  user_id: number
  until: number
}

/**
 * Tells members and owners that a membership ends soon, and once more when it is over. Each end is told once: which one was,
 * stands in the membership, so that one that is prolonged is told anew.
 */
export async function tellEndings(house: House, limit: number): Promise<void> {
  const now = house.now().getTime()
  const rows = () =>
    house.db
      .from('memberships')
      .join('vaults', 'vaults.id', 'memberships.vault_id')
      .whereNull('vaults.trashed_at')
      .select('memberships.vault_id', 'memberships.user_id', 'memberships.until')
      .orderBy('memberships.until')
      .limit(limit)
  const soon: EndingRow[] = await rows()
    .whereBetween('memberships.until', [now + 1, now + BEFORE])
    .whereRaw('memberships.since <= memberships.until - ?', [BEFORE])
    .whereRaw('COALESCE(memberships.soon_told, 0) <> memberships.until')
  for (const row of soon) await tellSoon(house, row)
  const over: EndingRow[] = await rows()
    .whereBetween('memberships.until', [now - AFTER, now])
    .whereRaw('COALESCE(memberships.over_told, 0) <> memberships.until')
  for (const row of over) await note(house, row)
}

async function tellSoon(house: House, row: EndingRow): Promise<void> {
  await transaction(house.db, async (trx) => {
    if (!(await isFirst(trx, row, 'soon_told'))) return
    const vault = await house.vaults.byId(trx, row.vault_id)
    await tellEnding(house, trx, vault, { member: row.user_id, until: row.until, over: false })
  })
}

/** #vault notes it, and who hears of that tells people. */
async function note(house: House, row: EndingRow): Promise<void> {
  await transaction(house.db, async (trx) => {
    if (!(await isFirst(trx, row, 'over_told'))) return
    await house.vaults.members.noteEnded(trx, row.vault_id, row.user_id, new Date(row.until))
  })
}

/** The vault is locked before its members, as by everybody. */
async function isFirst(
  trx: Trx,
  { vault_id: vault, user_id: user, until }: EndingRow,
  column: 'soon_told' | 'over_told'
): Promise<boolean> {
  await trx.from('vaults').where('id', vault).forUpdate()
  const changed: unknown = await trx
    .from('memberships')
    .where({ vault_id: vault, user_id: user, until })
    .whereRaw(`COALESCE(${column}, 0) <> until`)
    .update({ [column]: until })
  return Number(changed) > 0
}

/** A member whose account is disabled loses nothing, and nobody is told. */
export async function tellEnding(
  house: House,
  trx: Trx,
  vault: Vault,
  ending: { member: number; until: number; over: boolean }
): Promise<void> {
  const member = await person(trx, ending.member)
  if (!member) return
  const owner = await ownerOf(trx, vault)
  const facts = { member: member.name, owner: owner?.name ?? null, until: new Date(ending.until) }
  const tell = async (to: Addressee, own: boolean) => {
    const locale = to.locale ?? house.locale
    const warning = { kind: 'ending' as const, own, over: ending.over, ...facts }
    await house.post.post(trx, {
      kind: 'vault_ending',
      to: to.email,
      locale,
      ...warningLetter(house, { name: to.name, locale }, vault, warning),
    })
  }
  await tell(member, true)
  if (owner) await tell(owner, false)
}
