import vine from '@vinejs/vine'

/** What the set-up page sends; the rules for each are those of accounts. */
export const setupValidator = vine.create({
  email: vine.string().maxLength(254),
  full_name: vine.string().maxLength(200),
  password: vine.string().maxLength(1024),
  domain: vine.string().maxLength(253).optional(),
})
