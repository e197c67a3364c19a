import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** How long a server may take to answer, and to end once asked, in milliseconds. */
const READY_WITHIN = 30_000
const ENDS_WITHIN = 10_000

export interface Account {
  uid: number
  gid: number
}

export interface Child {
  readonly pid: number
  /** What it wrote to stdout and stderr so far. */
  output(): string
  /** Sends a signal to this one process. */
  signal(name: NodeJS.Signals): void
  /** Ends the process, by SIGKILL where the signal does not help in time. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/**
 * Starts a server as a child process and waits until `ready`, which gets its output so far, answers true.
 *
 * @throws Error with the output of the server when it ends before, or does not answer in time
 */
export async function startChild(
  command: string,
  args: string[],
  options: {
    ready: (output: string) => Promise<boolean>
    account?: Account
    env?: NodeJS.ProcessEnv
    ownGroup?: boolean
  }
): Promise<Child> {
  const chunks: string[] = []
  const child = spawn(command, args, {
    ...options.account,
    env: { ...process.env, ...options.env },
    detached: options.ownGroup ?? false,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
  }
  let failure: Error | undefined
  child.on('error', (error) => (failure = error))
  const ended = () => failure !== undefined || child.exitCode !== null || child.signalCode !== null
  const endWithUs = () => child.kill('SIGTERM')
  process.once('exit', endWithUs)

  const running: Child = {
    pid: child.pid ?? 0,
    output: () => chunks.join(''),
    signal: (name) => void child.kill(name),
    async stop(signal = 'SIGTERM') {
      process.off('exit', endWithUs)
      if (ended()) return
      const exit = once(child, 'exit')
      child.kill('SIGCONT')
      child.kill(signal)
      const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN)
      await exit
      clearTimeout(timer)
    },
  }

  const limit = Date.now() + READY_WITHIN
  while (!(await options.ready(running.output()).catch(() => false))) {
    if (ended() || Date.now() > limit) {
      await running.stop()
      const reason = failure?.message ?? running.output().slice(-4000)
      throw new Error(`${command} did not become ready: ${reason}`)
    }
    await pause(25)
  }
  return running
}

/** A TCP port of the loopback that nobody listens on right now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** A temporary folder in `place` that `account` owns and everybody may enter; `remove` deletes it. */
export async function temporaryFolder(name: string, account?: Account, place = tmpdir()) {
  const folder = await mkdtemp(join(place, `webtresor-${name}-`))
  await chmod(folder, 0o755)
  if (account) await chown(folder, account.uid, account.gid)
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** The ids of a system account, or undefined when we are not root and have to stay who we are. */
export function accountOf(user: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  return { uid: idOf('-u', user), gid: idOf('-g', user) }
}

function idOf(kind: '-u' | '-g', user: string): number {
  const run = spawnSync('id', [kind, user], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`There is no account "${user}" on this machine`)
  return Number(run.stdout)
}
