import type { Session } from '@adonisjs/session'

/** Minutes in which a person finds the key or the finger that is asked for. */
const MINUTES = 10

/** What a challenge is for: an answer to one does for no other. */
export type Purpose = 'sign in' | 'second factor' | 'confirm' | 'register'

interface Challenge {
  value: string
  purpose: Purpose
  at: number
}

/** Keeps the challenge of a passkey for this browser. A new one ends the one before. */
export function keepChallenge(session: Session, purpose: Purpose, value: string) {
  session.put('challenge', { value, purpose, at: Date.now() } satisfies Challenge)
}

/** @returns it once, or an empty one that nothing answers */
export function takeChallenge(session: Session, purpose: Purpose): string {
  const kept = session.pull('challenge', null) as Challenge | null
  if (kept?.purpose !== purpose || Date.now() - kept.at > MINUTES * 60_000) return ''
  return kept.value
}

/** What the browser answered, from its form field. Nonsense answers nothing. */
export function answerOf(text: unknown): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    return null
  }
}
