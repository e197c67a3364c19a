import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Gives a test process what nobody else has: a folder for its data, and a port for its pages. */
export async function ownEnvironment() {
  process.env.HOST ??= '127.0.0.1'
  process.env.PORT ??= String(await freePort())
  process.env.METRICS_TOKEN ??= 'm'.repeat(32)
  if (process.env.DATA_DIR) return
  const folder = mkdtempSync(join(tmpdir(), 'webtresor-test-'))
  process.env.DATA_DIR = folder
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
