import { Secret, TOTP } from 'otpauth'

/** RFC 6238 as every authenticator app has it: SHA-1, six digits, 30 seconds. */
const PROFILE = { algorithm: 'SHA1', digits: 6, period: 30 } as const

/** One step more or less, for clocks that differ and people who type slowly. */
const WINDOW = 1

/** A new secret of 160 bits in base 32, as RFC 4226, section 4, recommends. */
export function newSecret(): string {
  return new Secret({ size: 20 }).base32
}

export interface Enrolment {
  /** In groups of four, for typing. */
  secret: string
  /** `otpauth://…` for an app on this device. */
  uri: string
  /** The same as a QR code: an SVG image. */
  image: string
}

/** What an authenticator app needs to know. @param label whose account it is */
export async function enrolment(secret: string, label: string): Promise<Enrolment> {
  const totp = new TOTP({
    ...PROFILE,
    issuer: 'Webtresor',
    label,
    secret: Secret.fromBase32(secret),
  })
  const uri = totp.toString()
  const { default: QRCode } = await import('qrcode')
  return {
    secret: secret.match(/.{1,4}/g)!.join(' '),
    uri,
    image: await QRCode.toString(uri, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 }),
  }
}

/** The step of time that a code belongs to, or null when it is wrong or too far away. */
export function stepOf(secret: string, code: string, now: Date): number | null {
  const token = code.replace(/\s/g, '')
  if (!/^\d{6}$/.test(token)) return null
  const timestamp = now.getTime()
  const delta = TOTP.validate({
    ...PROFILE,
    token,
    secret: Secret.fromBase32(secret),
    timestamp,
    window: WINDOW,
  })
  return delta === null ? null : TOTP.counter({ period: PROFILE.period, timestamp }) + delta
}
