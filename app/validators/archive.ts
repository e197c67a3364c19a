import vine from '@vinejs/vine'

/** Query of the list of mails. Addresses of pages are German, as the pages are first. */
export const archiveSearchValidator = vine.create({
  suche: vine.string().trim().maxLength(200).optional(),
  richtung: vine.enum(['sent', 'received'] as const).optional(),
  vor: vine.number().min(1).optional(),
})

/** How many days longer a link lives. */
export const linkExtensionValidator = vine.create({
  tage: vine.number().range([1, 365]),
})

/** Query of the administrator's list of all mails. */
export const messageListValidator = vine.create({
  zustand: vine
    .enum(['accepted', 'waiting', 'held', 'done', 'failed', 'returned', 'deleted'] as const)
    .optional(),
  absender: vine.string().trim().maxLength(320).optional(),
  empfaenger: vine.string().trim().maxLength(320).optional(),
  vor: vine.number().min(1).optional(),
})

/** A decision about a held mail. */
export const decisionValidator = vine.create({
  verb: vine.enum(['send', 'retry', 'send_unchanged', 'release', 'return', 'delete'] as const),
  grund: vine.string().trim().maxLength(1000).optional(),
})
