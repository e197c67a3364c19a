import app from '@adonisjs/core/services/app'
import db from '@adonisjs/lucid/services/db'
import { Secret, TOTP } from 'otpauth'
import { SecondFactors, type Account } from '#accounts'
import { signedIn, Visitor } from '#tests/visitor'

export const visit = { agent: null, network: null }

/** What an authenticator app shows for a secret, so many steps from now. */
export function appCode(secret: string, steps = 0): string {
  return TOTP.generate({
    secret: Secret.fromBase32(secret),
    timestamp: Date.now() + steps * 30_000,
  })
}

/** Turns one-time passwords on for somebody. The code of this step is used up by it; the one of the next is still good. */
export async function withOneTimePassword(account: Account) {
  const factors = await app.container.make(SecondFactors)
  const proposal = factors.propose()
  const { secret: shown } = await factors.show(account, proposal)
  const secret = shown.replaceAll(' ', '')
  const codes = await factors.addOneTimePassword(account, proposal, appCode(secret), visit)
  return { secret, codes: codes! }
}

/** Somebody who signs in with a one-time password, and his browser after the password. */
export async function halfSignedIn() {
  const { person } = await signedIn()
  const factor = await withOneTimePassword(person)
  const visitor = new Visitor()
  const answer = await visitor.signIn(person)
  return { person, visitor, answer, ...factor }
}

/** The mails to somebody so far. */
export async function letters(email: string, kind?: string) {
  const query = db.from('outbox').where('recipient', email).orderBy('queued_at')
  return kind ? query.where('kind', kind) : query
}

/** All tests come from one machine, whose attempts are counted too: each begins with none. */
export async function forgetAttempts() {
  await db.from('rate_limits').delete()
}
