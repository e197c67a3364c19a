import { isIP } from 'node:net'

/**
 * An IP address shortened to its network: /24 of IPv4, /48 of IPv6.
 *
 * @returns nothing when it is no IP address
 */
export function networkOf(ip: string | undefined): string | null {
  if (ip === undefined) return null
  const plain = ip.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '')
  if (isIP(plain) === 4) return `${plain.split('.').slice(0, 3).join('.')}.0/24`
  if (isIP(plain) !== 6) return null
  const head = plain.split('::')[0]!.split(':').filter(Boolean)
  const groups = [0, 1, 2].map((index) =>
    (Number.parseInt(head[index] ?? '0', 16) || 0).toString(16)
  )
  return `${groups.join(':')}::/48`
}
