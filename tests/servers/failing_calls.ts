import { startChild } from './child.ts'

/** Which system calls of a process fail, in strace's words, such as `fsync:error=EIO:when=3+5`. */
export interface FailingCalls {
  /** How many failed so far. */
  failed(): number
  /** Lets them work again. */
  stop(): Promise<void>
}

/**
 * Makes system calls of the running process `pid` fail, in all its threads, as a disk does that gives up.
 *
 * @throws Error when strace cannot attach, which takes the right to trace processes
 */
export async function failCalls(pid: number, injection: string): Promise<FailingCalls> {
  const [call = ''] = injection.split(':')
  const strace = await startChild(
    'strace',
    ['-f', '-p', String(pid), '-e', `trace=${call}`, '-e', `inject=${injection}`],
    { ready: async (output) => /attached/.test(output) }
  )
  return {
    failed: () => strace.output().match(/\(INJECTED\)/g)?.length ?? 0,
    stop: () => strace.stop('SIGINT'),
  }
}
