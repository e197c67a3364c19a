import { freePort, startChild, temporaryFolder } from './child.ts'
import { talk } from './talk.ts'

export interface RedisServer {
  url: string
  port: number
  /** Forgets everything, as a Redis does that was restarted without persistence. */
  flush(): Promise<void>
  /** Stops answering without closing connections, until `resume`. */
  pause(): void
  resume(): void
  stop(): Promise<void>
}

/** A Redis without persistence. `port` lets a test bring one back where the last one was. */
export async function startRedis(options: { port?: number } = {}): Promise<RedisServer> {
  const port = options.port ?? (await freePort())
  const { folder, remove } = await temporaryFolder('redis')
  const child = await startChild(
    'redis-server',
    [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...['--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'],
    ],
    { ready: () => command(port, 'PING', '+PONG') }
  )
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async flush() {
      if (!(await command(port, 'FLUSHALL', '+OK'))) throw new Error('Redis did not flush')
    },
    pause: () => child.signal('SIGSTOP'),
    resume: () => child.signal('SIGCONT'),
    async stop() {
      await child.stop()
      await remove()
    },
  }
}

async function command(port: number, line: string, expected: string): Promise<boolean> {
  const answer = await talk(port, `${line}\r\n`, (text) => text.endsWith('\r\n'))
  return answer.startsWith(expected)
}
