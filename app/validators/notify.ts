import { CHOICES } from '#notifications'
import vine from '@vinejs/vine'
import { GROUPS } from '../http/vault_activity.ts'
import { day } from './day.ts'

const choice = vine.enum(CHOICES)

const id = vine.number().range([1, 2_147_483_647])

/** A sender's own words to the other members. What is too long is said with the rest of the form, not here. */
export const announcementValidator = vine.create({
  satz: vine.string().maxLength(20_000).optional(),
})

/** When somebody wants to be told of one vault. */
export const choiceValidator = vine.create({ wahl: choice.clone() })

/** The same for several, by their numbers. */
export const choicesValidator = vine.create({
  wahl: vine.record(choice.clone()).maxLength(1000),
})

/** Query of a vault's activity. */
export const activityValidator = vine.create({
  person: id.clone().optional(),
  art: vine.enum(GROUPS).optional(),
  von: day.clone().optional(),
  bis: day.clone().optional(),
  name: vine.string().trim().maxLength(255).optional(),
  datei: id.clone().optional(),
  vor: id.clone().optional(),
})
