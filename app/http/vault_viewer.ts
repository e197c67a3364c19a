import type { VaultViewer } from '#vault'
import type { Role } from '#models/user'
import type { HttpContext } from '@adonisjs/core/http'
import { addressesAt } from './own_mail.ts'

/** Who is signed in, as #vault knows him: with the addresses that are his now, for a vault is what it is today, without a past. */
export function vaultViewer({ auth, viewer }: HttpContext): VaultViewer {
  const user = auth.getUserOrFail()
  return {
    id: user.id,
    name: user.fullName,
    role: user.role as Role,
    mailboxes: [...addressesAt(viewer, new Date())],
  }
}
