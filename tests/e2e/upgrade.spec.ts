import { test } from '@japa/runner'
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { collectingListener } from '../collecting_listener.ts'
import { Recipient } from './recipient.ts'
import { mailWith, send } from './transaction.ts'
import { Installation } from './webtresor.ts'

/** Data folders of earlier versions, see write_upgrade_fixture.ts. */
const FIXTURES = join(import.meta.dirname, '../fixtures/upgrade')

test('data of version {name} are brought up to date, verify, and go on')
  .with(
    readdirSync(FIXTURES)
      .filter((name) => name.endsWith('.tar.gz'))
      .map((name) => ({ name }))
  )
  .run(async ({ assert, cleanup }, { name }) => {
    const smarthost = await collectingListener()
    cleanup(() => smarthost.stop())
    const at = await Installation.create({ RELAY_URL: `smtp://127.0.0.1:${smarthost.port}` })
    cleanup(() => at.remove())
    execFileSync('tar', ['-xzf', join(FIXTURES, name), '-C', at.dataDir])
    const [link] = at.rows<{ number: number; token_hash: string }>('SELECT * FROM links')
    assert.equal(link!.number, 1)

    const server = await at.start()
    assert.match(await send(at.smtpPort, mailWith(Buffer.from('neu'))), /^250 2\.0\.0 4$/)
    const states = () =>
      at
        .rows<{ state: string }>('SELECT state FROM messages ORDER BY number')
        .map((row) => row.state)
    for (let i = 0; states()[3] !== 'done' && i < 200; i++) await pause(50)
    assert.equal(states()[3], 'done')
    assert.deepEqual([states()[0], states()[1]], ['done', 'held'])

    const text = smarthost.accepted.at(-1)!.content.toString()
    const path = new URL(/https?:\/\/[^\s"]+\/d\/[\w-]+/.exec(text)![0]).pathname
    assert.equal((await new Recipient().download(`${at.url}${path}`, 1)).toString(), 'neu')
    const verified = await at.ace('archive:verify')
    assert.equal(verified.code, 0, verified.output)
    const exported = await at.ace('archive:export', '--output', join(at.dataDir, 'out'), '1')
    assert.equal(exported.code, 0, exported.output)
    assert.equal((await server.stop()).code, 0)
  })
  .timeout(60_000)
