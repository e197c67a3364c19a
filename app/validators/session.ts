import vine from '@vinejs/vine'

/** What the sign-in page sends. Longer is no name and no password of ours. */
export const signInValidator = vine.create({
  email: vine.string().maxLength(254),
  password: vine.string().maxLength(1024),
  remember: vine.string().maxLength(10).optional(),
})
