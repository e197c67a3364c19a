/** Local parts behind which usually more than one person reads (RFC 2142 and what German offices use). */
const SHARED = new Set(
  (
    'abuse accounting admin administration bewerbung billing buchhaltung buero büro contact empfang ' +
    'finance finanzen hello help hostmaster hr info jobs kanzlei kontakt kundenservice lohn mail marketing ' +
    'news noc office orders personal post postmaster praxis presse rechnung rechnungen reception ' +
    'sales sekretariat security service steuer support team verwaltung vertrieb webmaster zentrale'
  ).split(' ')
)

/**
 * An address as strangers may see it: enough for its owner to know it, not enough to write to it.
 *
 * @returns such as `cl••@…`
 */
export function maskAddress(address: string): string {
  const local = [...address.slice(0, Math.max(address.lastIndexOf('@'), 0))]
  const shown = local.length > 3 ? 2 : local.length > 1 ? 1 : 0
  return `${local.slice(0, shown).join('')}••@…`
}

/** Whether an address looks like one that several people read, so that its codes are shared too. */
export function looksShared(address: string): boolean {
  return SHARED.has(address.slice(0, Math.max(address.lastIndexOf('@'), 0)).toLowerCase())
}

/** The domain of an address, by which a recipient knows the firm. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}

/** One key per mailbox: addresses are compared without regard to case. */
export function mailboxOf(address: string): string {
  return address.toLowerCase()
}
