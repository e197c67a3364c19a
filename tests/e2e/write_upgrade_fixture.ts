/**
 * Writes the data folder of this version as tests/fixtures/upgrade/NAME.tar.gz, for later versions to be tried on:
 *
 *   node --import=@poppinss/ts-exec tests/e2e/write_upgrade_fixture.ts 0.1.0
 *
 * In it: number 1 is delivered with its attachment behind a link, number 2 is held because its structure is ambiguous, and
 * number 3 waits for a smarthost that was not there.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { collectingListener } from '../collecting_listener.ts'
import { mailWith, send } from './transaction.ts'
import { Installation } from './webtresor.ts'

const ambiguous = readFileSync(
  join(import.meta.dirname, '../fixtures/mail', '205-empty-boundary', 'in.eml')
)

const [name = 'unnamed'] = process.argv.slice(2)
const smarthost = await collectingListener()
const at = await Installation.create({ RELAY_URL: `smtp://127.0.0.1:${smarthost.port}` })
const states = () =>
  at.rows<{ state: string }>('SELECT state FROM messages ORDER BY number').map(({ state }) => state)

async function reached(expected: string) {
  for (let i = 0; states().join(' ') !== expected; i++) {
    if (i === 200) throw new Error(`${states().join(' ')} instead of ${expected}`)
    await pause(50)
  }
}

const server = await at.start()
await send(at.smtpPort, mailWith(Buffer.from('Jahresabschluss')))
await reached('done')
await send(at.smtpPort, ambiguous)
await reached('done held')
await smarthost.stop()
await send(at.smtpPort, mailWith(Buffer.from('Kassenbuch')))
await reached('done held waiting')
await server.stop()
const target = join(import.meta.dirname, '../fixtures/upgrade', `${name}.tar.gz`)
execFileSync('tar', ['-czf', target, '--exclude=server.lock', '-C', at.dataDir, '.'])
await at.remove()
console.log(target)
