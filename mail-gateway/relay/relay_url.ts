/** Where outgoing mail goes next, as RELAY_URL says it. */
export interface Smarthost {
  host: string
  port: number
  /**
   * implicit: TLS from the first byte (smtps). required: STARTTLS or nothing. opportunistic: STARTTLS where offered, its certificate
   * not looked at, since who can forge it can as well hide the offer.
   */
  tls: 'implicit' | 'required' | 'opportunistic'
  auth: { user: string; pass: string } | null
}

/** Reads `smtp://user:pass@host:port?tls=required` or `smtps://…`. Throws with one sentence that names what is wrong. */
export function parseRelayUrl(text: string): Smarthost {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !url.hostname || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:')) {
    throw new Error('RELAY_URL must be smtp://[user:pass@]host[:port][?tls=required] or smtps://…')
  }
  const implicit = url.protocol === 'smtps:'
  const tls = url.searchParams.get('tls')
  const known = url.searchParams.size === (tls === null ? 0 : 1)
  if (!known || (tls !== null && (implicit || !['required', 'opportunistic'].includes(tls)))) {
    throw new Error(
      'RELAY_URL takes one parameter, with smtp:// only: tls=required or tls=opportunistic.'
    )
  }
  if ((url.pathname !== '' && url.pathname !== '/') || url.hash !== '') {
    throw new Error('RELAY_URL has no path: leave out what follows the port.')
  }
  if ((url.username === '') !== (url.password === '')) {
    throw new Error('RELAY_URL needs user and password, or neither.')
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (implicit ? 465 : 25) : Number(url.port),
    tls: implicit ? 'implicit' : tls === 'required' ? 'required' : 'opportunistic',
    auth: url.username ? { user: unescaped(url.username), pass: unescaped(url.password) } : null,
  }
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error('RELAY_URL has a user or password with a % that is no escape: write it as %25.')
  }
}
