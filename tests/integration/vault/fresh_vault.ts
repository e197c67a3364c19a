import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { WebtresorError } from '#errors'
import { transaction } from '#transaction'
import type { Access, Put, PutOptions, VaultRole, VaultViewer } from '#vault'
import { house, type House } from '#tests/house'
import { sortKey } from '../../../app/sort_key.ts'

/** Code of the refusal, `nothing` when there was none; anything else is thrown on. */
export async function codeOf(work: Promise<unknown> | (() => Promise<unknown>)): Promise<string> {
  return (await refusalOf(work))?.code ?? 'nothing'
}

export async function refusalOf(
  work: Promise<unknown> | (() => Promise<unknown>)
): Promise<WebtresorError | undefined> {
  try {
    await (typeof work === 'function' ? work() : work)
    return undefined
  } catch (error) {
    if (error instanceof WebtresorError) return error
    throw error
  }
}

/** People who can be put into vaults. */
export async function person(
  at: House,
  role: VaultViewer['role'] = 'staff',
  name = `Person ${randomBytes(3).toString('hex')}`
): Promise<VaultViewer> {
  const email = `${randomBytes(6).toString('hex')}@firm.example`
  await at.db.table('users').insert({
    ...{ email, full_name: name, sort_name: sortKey(name), password: 'x', role, registered_at: 0 },
  })
  const row: { id: number } = await at.db.from('users').where({ email }).firstOrFail()
  return { id: row.id, name, role, mailboxes: [] }
}

/** A vault with somebody in each role. */
export async function freshVault(
  at: House,
  options: { quota?: number | null } = {}
): Promise<{ owner: Access; as: (role: VaultRole) => Promise<Access>; number: number }> {
  const owner = await at.vaults.create(await person(at), { name: 'Mandant Meier', ...options })
  const { number } = owner.vault
  const known = new Map<VaultRole, VaultViewer>([['owner', owner.viewer]])
  const as = async (role: VaultRole) => {
    if (!known.has(role)) {
      const viewer = await person(at, role === 'editor' ? 'staff' : 'client')
      await join(at, owner, viewer, role)
      known.set(role, viewer)
    }
    return at.vaults.open(number, known.get(role)!)
  }
  return { owner, as, number }
}

export async function join(
  at: House,
  { vault }: Access,
  viewer: VaultViewer,
  role: VaultRole
): Promise<void> {
  await at.db.table('memberships').insert({
    ...{ vault_id: vault.id, user_id: viewer.id, role, since: 0, notify: 'never' },
  })
}

/** Puts a file with some content; scanned clean. */
export async function putFile(
  at: House,
  access: Access,
  folder: number | null,
  name: string,
  options: Partial<PutOptions> & { content?: string | Buffer; scanned?: boolean } = {}
): Promise<Put | null> {
  const { content = `Inhalt von ${name}`, scanned = true, ...rest } = options
  const blob = await at.blobs.write(Readable.from([Buffer.from(content)]))
  return at.blobs.recording(blob, () =>
    transaction(at.db, async (trx) => {
      await at.blobs.record(trx, blob)
      const file = { name, type: 'application/pdf', blob: blob.id, size: blob.size }
      const made = await at.vaults.put(trx, access, folder, file, { conflict: 'ask', ...rest })
      if (made && scanned) {
        const { sha256, crc32 } = blob
        await at.vaults.verdicts.judge(trx, [made.entry.version], 'clean', null, { sha256, crc32 })
      }
      return made
    })
  )
}

export async function fileIn(
  at: House,
  access: Access,
  folder: number | null,
  name: string,
  content?: string
): Promise<number> {
  return (await putFile(at, access, folder, name, { content }))!.entry.id
}

/** Names in a folder, folders first. */
export async function namesIn(
  at: House,
  access: Access,
  folder: number | null = null
): Promise<string[]> {
  const { entries } = await at.vaults.list(access, folder, { limit: 1000 })
  return entries.map(({ name }) => name)
}

export { house }
