import { ROLES, VAULT_OPENERS } from '#accounts'
import vine from '@vinejs/vine'
import { day } from './day.ts'

/** Ids that fit every column they are compared with. */
const id = vine.number().withoutDecimals().range([1, 999_999_999])
const reason = vine.string().trim().minLength(3).maxLength(1000)

/** Query of the list of people. */
export const peopleListValidator = vine.create({
  suche: vine.string().trim().maxLength(100).optional(),
  rolle: vine.enum(ROLES).optional(),
  zustand: vine.enum(['active', 'disabled'] as const).optional(),
  nach: id.clone().optional(),
})

export const roleValidator = vine.create({ rolle: vine.enum(ROLES) })

/** Why a second factor is taken away. */
export const reasonValidator = vine.create({ grund: reason.clone() })

/** An address as a mailbox, from the first day named to the last. */
export const mailboxValidator = vine.create({
  adresse: vine.string().trim().maxLength(254),
  von: day.clone().optional(),
  bis: day.clone().optional(),
  grund: reason.clone(),
})

/** The last day of a mailbox. */
export const mailboxEndValidator = vine.create({ bis: day.clone() })

/** What holds for everybody. */
export const houseRulesValidator = vine.create({
  tresore: vine.enum(VAULT_OPENERS),
  speicher: vine.number().range([0.001, 1_000_000]),
  faktor: vine.array(vine.enum(ROLES)).maxLength(ROLES.length).optional(),
})

export const domainValidator = vine.create({
  domain: vine.string().trim().minLength(1).maxLength(253),
})

/** Query of the list of all vaults. */
export const vaultListValidator = vine.create({
  suche: vine.string().trim().maxLength(100).optional(),
  nach: id.clone().optional(),
})

/** What a vault may hold, in GB. */
export const quotaValidator = vine.create({ speicher: vine.number().range([0.001, 1_000_000]) })

/** To whom a vault goes, and why. */
export const handOverValidator = vine.create({
  adresse: vine.string().trim().maxLength(254),
  grund: reason.clone(),
})
