import { test } from '@japa/runner'
import { setTimeout as pause } from 'node:timers/promises'
import { startPostgres } from '../servers/postgres.ts'
import { collectingListener } from '../collecting_listener.ts'
import { Recipient } from './recipient.ts'
import { rowsOf } from './several_processes.ts'
import { mailWith, send } from './transaction.ts'
import { Installation } from './webtresor.ts'

const MAILS = 20

test('database:move takes everything from SQLite to PostgreSQL, where it goes on', async ({
  assert,
  cleanup,
}) => {
  const postgres = await startPostgres()
  const smarthost = await collectingListener()
  const at = await Installation.create({ RELAY_URL: `smtp://127.0.0.1:${smarthost.port}` })
  cleanup(() => postgres.stop())
  cleanup(() => smarthost.stop())
  cleanup(() => at.remove())
  const url = await postgres.createDatabase()

  const delivered = async (count: number) => {
    const deadline = Date.now() + 30_000
    while (smarthost.accepted.length < count && Date.now() < deadline) await pause(50)
    assert.lengthOf(smarthost.accepted, count)
  }

  const before = await at.start()
  for (let nth = 0; nth < MAILS; nth++) {
    await send(at.smtpPort, mailWith(Buffer.alloc(5000, nth), `Übersicht № ${nth}`))
  }
  const busy = await at.ace('database:move', url)
  assert.equal(busy.code, 1)
  assert.match(busy.output, /Another Webtresor server runs on/)
  await delivered(MAILS)
  await before.stop()

  const nowhere = await at.ace('database:move', 'redis://127.0.0.1')
  assert.match(nowhere.output, /Where to is not a URL with postgres/)
  const moved = await at.ace('database:move', url)
  assert.equal(moved.code, 0, moved.output)
  assert.match(moved.output, /messages: 20 rows/)
  assert.match(moved.output, /All rows are equal, and \d+ ledger entries hold/)
  const [counts] = await rowsOf<{ messages: number; deferrable: number }>(
    url,
    `SELECT (SELECT count(*)::int FROM messages) AS messages,
       (SELECT count(*)::int FROM pg_constraint WHERE condeferrable) AS deferrable`
  )
  assert.deepEqual(counts, { messages: MAILS, deferrable: 0 })
  const again = await at.ace('database:move', url)
  assert.equal(again.code, 1)
  assert.match(again.output, /The database to move to is not empty: there are rows in/)

  const after = await at.start({ DATABASE_URL: url })
  const reply = await send(at.smtpPort, mailWith(Buffer.alloc(5000, MAILS), 'Danach'))
  assert.equal(reply, `250 2.0.0 ${MAILS + 1}`)
  await delivered(MAILS + 1)
  const links = smarthost.accepted.map(({ content }) =>
    new RegExp(`${at.url}/d/[\\w-]+`).exec(
      content.toString().replaceAll('=\r\n', '').replaceAll('=3D', '=')
    )
  )
  for (const nth of [0, MAILS]) {
    const file = await new Recipient().download(links[nth]![0], 1)
    assert.deepEqual(file, Buffer.alloc(5000, nth))
  }
  await after.stop()
  const later = await Installation.create({ DATA_DIR: at.dataDir, DATABASE_URL: url })
  const verified = await later.ace('archive:verify')
  assert.equal(verified.code, 0, verified.output)
}).timeout(180_000)
