import { LANGUAGES, ROLES } from '#accounts'
import { MEMBER_ROLES } from '#vault'
import vine from '@vinejs/vine'
import { day } from './day.ts'

/** What the invited chooses; the rules for each are those of accounts. Nothing of it decides who he is or what he may. */
export const registrationValidator = vine.create({
  full_name: vine.string().maxLength(200).optional(),
  username: vine.string().maxLength(100).optional(),
  password: vine.string().maxLength(1024).optional(),
  sprache: vine.enum(LANGUAGES).optional(),
})

export const addressValidator = vine.create({ email: vine.string().trim().email().maxLength(254) })

/** A role in a vault, and the last day of it. */
export const grantValidator = vine.create({
  rolle: vine.enum(MEMBER_ROLES),
  bis: day.clone().optional(),
})

/** Whom a vault is opened to. */
export const vaultInvitationValidator = vine.create({
  adresse: vine.string().trim().maxLength(254),
  rolle: vine.enum(MEMBER_ROLES),
  bis: day.clone().optional(),
  sprache: vine.enum(LANGUAGES),
  worte: vine.string().trim().maxLength(1000).optional(),
  grund: vine.string().trim().maxLength(1000).optional(),
})

/** Who gets an account. */
export const houseInvitationValidator = vine.create({
  adresse: vine.string().trim().maxLength(254),
  rolle: vine.enum(ROLES),
  sprache: vine.enum(LANGUAGES),
  worte: vine.string().trim().maxLength(1000).optional(),
})

/** Which member becomes the owner. */
export const memberValidator = vine.create({
  mitglied: vine.number().withoutDecimals().range([1, 999_999_999]),
})
