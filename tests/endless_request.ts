import { request } from 'node:http'
import { served } from '#tests/served_links'

/** More than anything may be that comes in one piece. */
const ENOUGH = 32 * 1024 * 1024

/**
 * Sends a POST whose body has no end, until it is answered or cut.
 *
 * @returns the status, where there was one, and how many bytes had been sent by then
 */
export async function endless(
  path: string,
  { headers, begin, more }: { headers: Record<string, string>; begin: string; more: string }
): Promise<{ status?: number; sent: number }> {
  const { host, port } = served()
  const sending = request({ host, port, path, headers, method: 'POST' })
  const over = new Promise<number | undefined>((resolve) => {
    sending.on('response', (response) => resolve(response.resume().statusCode))
    sending.on('error', () => resolve(undefined))
  })
  let answered = false
  const status = over.finally(() => (answered = true))
  const piece = more.repeat(Math.ceil(65_536 / more.length))
  let sent = 0
  sending.write(begin)
  while (!answered && sent < ENOUGH) {
    sent += piece.length
    if (!sending.write(piece)) {
      await Promise.race([new Promise((resolve) => sending.once('drain', resolve)), status])
    }
  }
  if (!answered) sending.destroy()
  const told = await status
  sending.destroy()
  return { status: told, sent }
}
