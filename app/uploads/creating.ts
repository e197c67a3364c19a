import { NotFound, Refused } from '#errors'
import { transaction } from '#transaction'
import { assertReturnable, type Access } from '#vault'
import { readMetadata, type UploadFacts } from './metadata.ts'
import { refuseFlood } from './returning.ts'
import type { House, UploadRow, Uploader } from './rows.ts'

/** What a client announces before the first byte. */
export interface Announced {
  id: string
  /** Bytes. */
  length: number
  metadata: Record<string, string | null> | undefined
  /** As it came. */
  header: string
}

/**
 * Begins an upload: what the vault would refuse at the end is refused now, and room is kept for it.
 *
 * @throws Refused `E_TOO_LARGE`, `E_METADATA`, `E_TOO_MANY`, and as `Vaults.assertFits` and `Vaults.reserve`; NotFound
 */
export async function create(
  house: House,
  uploader: Uploader,
  { id, length, metadata, header }: Announced
): Promise<void> {
  const { maxSize } = house
  if (length > maxSize) {
    throw new Refused('E_TOO_LARGE', `${length} bytes are more than ${maxSize}`, {
      facts: { most: maxSize },
    })
  }
  const facts = readMetadata(metadata)
  const planned = await house.blobs.growing.plan(length)
  const now = house.now().getTime()
  const row: UploadRow = {
    id,
    blob: planned.id,
    length,
    name: facts.name,
    type: facts.type,
    path: JSON.stringify(facts.path),
    conflict: facts.conflict,
    metadata: header,
    user_id: null,
    vault_id: null,
    vault_number: null,
    folder_id: null,
    link_id: null,
    returned: null,
    begun_at: now,
    active_at: now,
    done_at: null,
  }
  if (uploader.kind === 'recipient') {
    assertReturnable(facts)
    await transaction(house.db, async (trx) => {
      await refuseFlood(house, trx, uploader.link, length)
      await house.blobs.growing.begin(trx, planned)
      await trx
        .insertQuery()
        .table('uploads')
        .insert({
          ...row,
          ...{ path: '[]', conflict: 'keep', link_id: uploader.link },
          returned: JSON.stringify(uploader.to),
        })
    })
    return
  }
  const access = await accessFor(house, uploader, facts)
  const { vault, viewer } = access
  await house.vaults.assertFits(access, facts.folder, facts, facts.conflict)
  await transaction(house.db, async (trx) => {
    await house.blobs.growing.begin(trx, planned)
    await trx
      .insertQuery()
      .table('uploads')
      .insert({
        ...row,
        ...{ user_id: viewer.id, vault_id: vault.id, vault_number: vault.number },
        folder_id: facts.folder,
      })
    await house.vaults.reserve(trx, access, length)
  })
}

/**
 * Whoever may add nothing any more sends nothing more: his upload would hold its room in the vault for as long as he likes.
 *
 * @throws as `accessFor`; Refused `E_ROLE`
 */
export async function assertOpen(house: House, uploader: Uploader, row: UploadRow): Promise<void> {
  if (uploader.kind === 'recipient') return
  const access = await accessFor(house, uploader, {
    vault: row.vault_number!,
    folder: row.folder_id,
  })
  if (house.vaults.may(access, 'add')) return
  throw new Refused('E_ROLE', `In vault ${row.vault_number} nothing may be added any more`, {
    facts: { role: access.role, right: 'add' },
  })
}

/** The vault as the uploader may enter it now. @throws NotFound `E_NO_VAULT`; Refused `E_TICKET` */
export async function accessFor(
  house: House,
  { userId, only }: Extract<Uploader, { kind: 'member' }>,
  to: Pick<UploadFacts, 'vault' | 'folder'>
): Promise<Access> {
  if (only && (only.vault !== to.vault || only.folder !== to.folder)) {
    throw new Refused('E_TICKET', 'The ticket is for another vault or folder')
  }
  const viewer = await house.viewerOf(userId)
  if (!viewer) throw new NotFound('E_NO_VAULT', `Account ${userId} may not sign in`)
  return house.vaults.open(to.vault, viewer)
}
