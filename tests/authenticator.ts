import { execFileSync } from 'node:child_process'

/** What an app on the phone shows for a secret, by Debian's oathtool. @param steps later (or earlier) ones of 30 seconds */
export function oneTimePassword(secret: string, steps = 0): string {
  const at = new Date(Date.now() + steps * 30_000).toISOString()
  const now = at.replace('T', ' ').replace(/\..*/, ' UTC')
  const key = secret.replaceAll(' ', '')
  return execFileSync('oathtool', ['--totp', '--base32', key, '--now', now]).toString().trim()
}
