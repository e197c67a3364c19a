import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../tests/servers/child.ts'

/**
 * Starts the built product as `npm start` does, on SQLite, with mail of firm.example going out to port `relay`.
 *
 * @param options.smtp port of the outgoing listener
 * @param options.folder becomes DATA_DIR
 */
export async function startProduct(options: {
  relay: number
  smtp: number
  folder: string
  settings?: Record<string, string>
}): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['scripts/start.js'], {
    env: {
      ...process.env,
      DATA_DIR: options.folder,
      PORT: String(await freePort()),
      SMTP_OUT_PORT: String(options.smtp),
      LOCAL_DOMAINS: 'firm.example',
      RELAY_URL: `smtp://127.0.0.1:${options.relay}`,
      CLAMD_URL: 'off',
      LOG_LEVEL: 'error',
      ...options.settings,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  await until(() => output.includes('Webtresor runs'), 'the product to start')
  return child
}

/** Process id of the product itself: the one child of the script. */
export function processOf({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0])
}

/** Looks every 20 ms. @throws Error after five minutes */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 300_000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`Waited too long for ${what}`)
    await pause(20)
  }
}
