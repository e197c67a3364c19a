import { access } from 'node:fs/promises'
import { PermanentError } from '#errors'

/** Where a clamd listens, as net.connect wants it. */
export type Address = { path: string } | { host: string; port: number }

/** Where Debian, Red Hat and clamd's own default put the socket. */
export const USUAL_SOCKETS = [
  '/run/clamav/clamd.ctl',
  '/var/run/clamav/clamd.ctl',
  '/run/clamd.scan/clamd.sock',
  '/tmp/clamd.socket',
]

/** @throws PermanentError `E_CLAMD_URL` when the text is neither tcp://host:port nor unix:/path */
export function parseAddress(url: string): Address {
  const path = /^unix:(?:\/\/)?(\/.+)$/.exec(url)?.[1]
  if (path) return { path }
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'tcp:' || !parsed.hostname || !parsed.port) {
    throw new PermanentError('E_CLAMD_URL', `CLAMD_URL=${url} is not tcp://host:port or unix:/path`)
  }
  return { host: parsed.hostname.replace(/^\[|\]$/g, ''), port: Number(parsed.port) }
}

/** The URL of the first of these sockets that is there. */
export async function findSocket(paths: string[]): Promise<string | undefined> {
  for (const path of paths) {
    const there = await access(path).then(
      () => true,
      () => false
    )
    if (there) return `unix:${path}`
  }
  return undefined
}
