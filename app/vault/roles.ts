import { Refused } from '#errors'
import type { Access } from './access.ts'

/** What somebody is in a vault. `administrator`: of the installation, who looks after vaults and sees no content. */
export type VaultRole = 'owner' | 'editor' | 'contributor' | 'reader' | 'administrator'

/**
 * - see: lists, files, their bytes; a contributor his own
 * - add: files, folders, versions of what he sees
 * - change: rename, move, remove, restore, lock
 * - purge: empty the trash
 * - break: others' locks
 * - release: what the scanner could not check
 * - manage: name, members, quota, owner, end of the vault
 */
export type Right = 'see' | 'add' | 'change' | 'purge' | 'break' | 'release' | 'manage'

export const rights: Record<VaultRole, ReadonlySet<Right>> = {
  owner: new Set(['see', 'add', 'change', 'purge', 'break', 'release', 'manage']),
  editor: new Set(['see', 'add', 'change']),
  contributor: new Set(['see', 'add']),
  reader: new Set(['see']),
  administrator: new Set(['manage']),
}

/** Rights that a vault leaves its people when it is archived or in the trash. */
const kept: ReadonlySet<Right> = new Set(['see', 'manage'])

/** An administrator of the installation who works in a vault may what only its owner may, beside what his role says. */
const ofAdministrators: ReadonlySet<Right> = new Set(['break', 'release'])

export function may({ role, viewer, readOnly }: Access, right: Right): boolean {
  if (readOnly && !kept.has(right)) return false
  if (rights[role].has(right)) return true
  return viewer.role === 'administrator' && role === 'editor' && ofAdministrators.has(right)
}

/** @throws Refused `E_ROLE`, or `E_ARCHIVED` where the vault itself stands in the way */
export function assertMay(access: Access, right: Right): void {
  if (may(access, right)) return
  const { role, vault, readOnly } = access
  if (readOnly && may({ ...access, readOnly: null }, right)) {
    throw new Refused('E_ARCHIVED', `Vault ${vault.number} is ${readOnly}`, { facts: { readOnly } })
  }
  throw new Refused('E_ROLE', `In vault ${vault.number} a ${role} may not ${right}`, {
    facts: { role, right },
  })
}
