import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { Readable } from 'node:stream'
import { Blobs } from '#blobs'
import type { Choice } from '#notifications'
import { transaction } from '#transaction'
import { Vaults, type Access, type VaultFile, type VaultRole } from '#vault'
import { signedIn, type Visitor } from '#tests/visitor'

export interface Insider {
  visitor: Visitor
  access: Access
  email: string
}

/**
 * A vault of the running application, with browsers signed in as people in it. `Anna Berger` owns it.
 *
 * @param more what is unlike a vault of the first day
 */
export async function sharedVault(more: { name?: string; quota?: number | null } = {}) {
  const vaults = await app.container.make(Vaults)
  const { visitor, person } = await signedIn({ role: 'staff' })
  const viewer = { id: person.id, name: person.fullName, role: person.role, mailboxes: [] }
  const made = await vaults.create(viewer, { name: 'Mandant Meier', ...more })
  const { id, number } = made.vault
  const as = async (
    role: VaultRole,
    fullName: string,
    choice: Choice = 'manual'
  ): Promise<Insider> => {
    const member = await signedIn({ role: 'client', fullName })
    await db.table('memberships').insert({
      ...{ vault_id: id, user_id: member.person.id, role, since: Date.now(), notify: choice },
    })
    const inside = { id: member.person.id, name: fullName, role: member.person.role, mailboxes: [] }
    const access = await vaults.open(number, inside)
    return { visitor: member.visitor, access, email: member.person.email }
  }
  return {
    vaults,
    number,
    path: `/webtresore/${number}`,
    owner: { visitor, access: made, email: person.email } satisfies Insider,
    as,
  }
}

/** Puts a file into a vault of the running application. */
export async function put(
  { access }: Insider,
  name: string,
  options: { folder?: number | null; verdict?: 'clean' | 'infected' | 'unchecked' } = {}
): Promise<VaultFile> {
  const blobs = await app.container.make(Blobs)
  const vaults = await app.container.make(Vaults)
  const blob = await blobs.write(Readable.from([Buffer.from(`Inhalt von ${name}`)]))
  return blobs.recording(blob, () =>
    transaction(db, async (trx) => {
      await blobs.record(trx, blob)
      const file = { name, type: 'application/pdf', blob: blob.id, size: blob.size }
      const made = await vaults.put(trx, access, options.folder ?? null, file, {
        conflict: 'replace',
      })
      const { sha256, crc32 } = blob
      const detail = options.verdict === 'infected' ? 'Eicar-Signature' : null
      await vaults.verdicts.judge(trx, [made!.entry.version], options.verdict ?? 'clean', detail, {
        ...{ sha256, crc32 },
      })
      return made!.entry
    })
  )
}
