import { PermanentError, Refused } from '#errors'
import type { Json } from '#ledger'
import type { Change } from './change.ts'

/** What an owner may give others in his vault. */
export const MEMBER_ROLES = ['editor', 'contributor', 'reader'] as const
export type MemberRole = (typeof MEMBER_ROLES)[number]

/** What a membership allows, and until when. */
export interface Grant {
  role: MemberRole
  until: Date | null
}

/** @throws PermanentError `E_MEMBER_ROLE`, `E_PERIOD` */
export function assertGrant({ role, until }: Grant, now: Date) {
  if (!MEMBER_ROLES.includes(role)) {
    throw new PermanentError('E_MEMBER_ROLE', `${role} is not one of ${MEMBER_ROLES.join(', ')}`)
  }
  if (until !== null && until <= now) {
    throw new PermanentError('E_PERIOD', 'A membership ends in the future')
  }
}

/** The vault of a mailbox has no members. @throws Refused `E_MAILBOX_VAULT` */
export function assertHasMembers({ vault }: Change) {
  if (vault.mailbox === null) return
  throw new Refused('E_MAILBOX_VAULT', `Vault ${vault.number} is for who has its mailbox`)
}

/** What was given, for the ledger; of an administrator also why. */
export function detailOf({ role, until, why }: Grant & { why?: string }): Record<string, Json> {
  return { role, until: until?.toISOString() ?? null, ...(why ? { why } : {}) }
}
