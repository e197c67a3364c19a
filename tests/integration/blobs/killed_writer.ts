import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Ledger, LedgerSigner } from '#ledger'
import type { freshStorage } from './storage.ts'

/** A victim lives so long after its first word, in milliseconds. */
const LIVES = [0, 12, 60]

/**
 * Lets processes one after the other write small blobs, many at a time, and kills each in the middle.
 *
 * @returns ids of blobs that a process was told are stored, and the ledger that their entries stand in
 */
export async function killedWriter(
  { db, place, keysDir, bytesDir }: Awaited<ReturnType<typeof freshStorage>>,
  rounds: number
) {
  const checkpoints = join(bytesDir, '../checkpoints')
  const told: string[] = []
  for (let round = 0; round < rounds; round++) {
    const victim = spawn(
      process.execPath,
      [
        '--import=@poppinss/ts-exec',
        join(import.meta.dirname, 'writer_process.ts'),
        ...[place, keysDir, bytesDir, checkpoints],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] }
    )
    let said = ''
    victim.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
    const ended = once(victim, 'close')
    await Promise.race([once(victim.stdout, 'data'), ended])
    await pause(LIVES[round % LIVES.length])
    victim.kill('SIGKILL')
    await ended
    // Of the last line it may not have written all.
    told.push(...said.split('\n').slice(0, -1))
  }
  const signer = await LedgerSigner.load(keysDir, 'test.example/ledger')
  return { db, told, ledger: new Ledger({ db, signer, checkpoints }) }
}
