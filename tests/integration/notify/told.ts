import type { Choice } from '#notifications'
import type { Access } from '#vault'
import type { House } from '#tests/house'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

/** Lets time pass on the modules' clock. */
export function pass(at: House, milliseconds: number) {
  at.clock.now = new Date(at.clock.now.getTime() + milliseconds)
}

export async function choose(at: House, { vault, viewer }: Access, choice: Choice) {
  await at.notifications.choose(viewer.id, vault.number, choice)
}

interface Letter {
  id: string
  kind: string
  recipient: string
  subject: string
  body_text: string
}

/** Letters to a person that nobody looked at here before, oldest first. */
export async function lettersTo(at: House, { viewer }: Access): Promise<Letter[]> {
  const { email } = await at.db.from('users').where('id', viewer.id).firstOrFail()
  const rows: Letter[] = await at.db
    .from('outbox')
    .where({ recipient: email, state: 'queued' })
    .orderBy('queued_at')
  for (const { id } of rows)
    await at.post.record(id, { status: 'delivered', reply: '250 2.0.0 ok' })
  return rows
}

/** What a worker does with whatever has come due. */
export async function work(at: House) {
  await at.notifications.sweep()
  const now = at.clock.now.getTime()
  for (const { id, next_at: due } of await queued(at))
    if (due <= now) await at.notifications.write(String(id))
}

export function queued(at: House): Promise<{ id: number; next_at: number }[]> {
  return at.db.from('notifications').where('state', 'queued').orderBy('id')
}
