import { spawn } from 'node:child_process'
import { join } from 'node:path'

const repository = join(import.meta.dirname, '..')

export interface CommandEnd {
  status: number | null
  out: Buffer
  err: string
}

/** Runs `node ace …` of the built product to its end, as its administrator would. */
export async function commandLine(
  args: string[],
  settings: Record<string, string>,
  input = ''
): Promise<CommandEnd> {
  const child = spawn(process.execPath, ['build/ace.js', ...args], {
    cwd: repository,
    env: { ...process.env, ...settings },
  })
  child.stdin.end(input)
  const [out, err, status] = await Promise.all([
    child.stdout.toArray(),
    child.stderr.toArray(),
    new Promise<number | null>((resolve) => child.on('exit', resolve)),
  ])
  return { status, out: Buffer.concat(out), err: Buffer.concat(err).toString() }
}

/** What it said, on either stream. */
export const wordsOf = ({ out, err }: CommandEnd) => out.toString() + err
