import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { accountOf, freePort, startChild, temporaryFolder } from './child.ts'
import { talk } from './talk.ts'

/** The harmless test virus of EICAR; in two pieces, so that no scanner objects to this file. */
export const EICAR = Buffer.from(
  ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR', '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('')
)

export interface ClamdServer {
  url: string
  port: number
  /** The path of its Unix socket. */
  socket: string
  /** Accepts connections and answers nothing, until `resume`. */
  pause(): void
  resume(): void
  stop(): Promise<void>
}

/**
 * The real clamd on two signatures of our own, since freshclam needs the internet. `settings` go into
 * clamd.conf and win over ours, e.g. `{ StreamMaxLength: '1M' }`.
 */
export async function startClamd(
  options: { port?: number; settings?: Record<string, string> } = {}
): Promise<ClamdServer> {
  const port = options.port ?? (await freePort())
  const account = accountOf('clamav')
  const { folder, remove } = await temporaryFolder('clamd', account)
  await writeDatabase(join(folder, 'db'), account)
  const socket = join(folder, 'clamd.ctl')
  const settings = {
    DatabaseDirectory: join(folder, 'db'),
    OfficialDatabaseOnly: 'no',
    TCPSocket: String(port),
    TCPAddr: '127.0.0.1',
    LocalSocket: socket,
    Foreground: 'yes',
    PidFile: join(folder, 'clamd.pid'),
    ...(account ? { User: 'clamav' } : {}),
    StreamMaxLength: '400M',
    MaxScanSize: '400M',
    MaxFileSize: '400M',
    AlertExceedsMax: 'yes',
    AlertEncrypted: 'yes',
    MaxThreads: '4',
    ...options.settings,
  }
  const file = join(folder, 'clamd.conf')
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`)
  await writeFile(file, lines.join(''))
  const child = await startChild('/usr/sbin/clamd', ['--config-file', file], {
    ready: async () => (await talk(port, 'nPING\n', (text) => text.includes('\n'))) === 'PONG\n',
  })
  return {
    url: `tcp://127.0.0.1:${port}`,
    port,
    socket,
    pause: () => child.signal('SIGSTOP'),
    resume: () => child.signal('SIGCONT'),
    async stop() {
      await child.stop()
      await remove()
    },
  }
}

async function writeDatabase(folder: string, account?: { uid: number; gid: number }) {
  await mkdir(folder, { mode: 0o755 })
  await writeFile(
    join(folder, 'local.hdb'),
    '44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test-Signature-HDB\n' +
      'aa15bcf478d165efd2065190eb473bcb:544:ClamAV-Test-File\n'
  )
  await writeFile(join(folder, 'local.ndb'), `Eicar-Test-Signature:0:0:${EICAR.toString('hex')}\n`)
  if (account) await chown(folder, account.uid, account.gid)
}
