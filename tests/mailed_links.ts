import db from '@adonisjs/lucid/services/db'

/** Path of the newest one-time link in the outbox to an address: `/einladung/…`, `/registrieren/…`. */
export async function mailedLink(email: string): Promise<string> {
  const rows: { body_text: string }[] = await db
    .from('outbox')
    .where({ recipient: email, kind: 'invitation' })
    .orderBy('queued_at', 'desc')
    .limit(1)
  const path = /<https?:\/\/[^/>]+(\/(?:einladung|registrieren)\/[\w-]{43})>/.exec(
    rows[0]?.body_text ?? ''
  )?.[1]
  if (!path) throw new Error(`No link was mailed to ${email}`)
  return path
}

/** How many letters wait for an address. */
export async function lettersTo(email: string): Promise<number> {
  const rows = await db.from('outbox').where('recipient', email)
  return rows.length
}
