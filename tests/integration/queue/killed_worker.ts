import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Lets a worker process begin the job that waits at `url`, kills it in the middle, and returns the job's id. */
export async function killedWorker(url: string): Promise<string> {
  const victim = spawn(
    process.execPath,
    ['--import=@poppinss/ts-exec', join(import.meta.dirname, 'worker_process.ts'), url, '1000'],
    { stdio: ['ignore', 'pipe', 'inherit'] }
  )
  try {
    const [begun] = await once(victim.stdout, 'data')
    return String(begun).trim()
  } finally {
    victim.kill('SIGKILL')
  }
}
