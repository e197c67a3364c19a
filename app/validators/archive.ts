import { verbsOf, type HoldReason } from '#archive'
import vine from '@vinejs/vine'
import { day } from './day.ts'

const verb = vine.enum(['send', 'retry', 'send_unchanged', 'release', 'return', 'delete'] as const)
/** Query of the list of mails. Addresses of pages are German, as the pages are first. */
export const archiveSearchValidator = vine.create({
  suche: vine.string().trim().maxLength(200).optional(),
  richtung: vine.enum(['sent', 'received'] as const).optional(),
  zustand: vine.enum(['kept'] as const).optional(),
  vor: vine.number().min(1).optional(),
})

/** How many days longer a link lives. */
export const linkExtensionValidator = vine.create({
  tage: vine.number().range([1, 365]),
})

/** Whether a link that was taken back is to be replaced all the same. */
export const linkSendingValidator = vine.create({
  widerrufen: vine.enum(['ersetzen'] as const).optional(),
})

/** What the sender says to somebody who asks for a link of his own. */
export const askerAnswerValidator = vine.create({
  antwort: vine.enum(['ja', 'nein'] as const),
})

/** Query of the administrator's list of all mails. */
export const messageListValidator = vine.create({
  zustand: vine
    .enum(['accepted', 'waiting', 'held', 'done', 'failed', 'returned', 'deleted'] as const)
    .optional(),
  grund: vine.enum(Object.keys(verbsOf) as HoldReason[]).optional(),
  richtung: vine.enum(['outgoing', 'incoming'] as const).optional(),
  von: day.clone().optional(),
  bis: day.clone().optional(),
  absender: vine.string().trim().maxLength(320).optional(),
  empfaenger: vine.string().trim().maxLength(320).optional(),
  vor: vine.number().min(1).optional(),
})

/** A decision about a held mail. */
export const decisionValidator = vine.create({
  verb: verb.clone(),
  grund: vine.string().trim().maxLength(1000).optional(),
})

/** The same decision about several held mails: at most as many as a page shows. */
export const decisionsValidator = vine.create({
  mails: vine
    .array(vine.number().range([1, 999_999_999]))
    .maxLength(100)
    .optional(),
  verb: verb.clone(),
  grund: vine.string().trim().maxLength(1000).optional(),
})

/** A second person's word on a decision. */
export const answerValidator = vine.create({
  antwort: vine.enum(['confirm', 'refuse'] as const),
  grund: vine.string().trim().maxLength(1000).optional(),
})

/** Why an administrator reads somebody else's mail. */
export const readingValidator = vine.create({
  grund: vine.string().trim().minLength(3).maxLength(1000),
})
