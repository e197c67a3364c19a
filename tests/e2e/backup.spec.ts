import { test } from '@japa/runner'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { collectingListener } from '../collecting_listener.ts'
import { startPostgres } from '../servers/postgres.ts'
import { Recipient } from './recipient.ts'
import { mailWith, send } from './transaction.ts'
import { Installation } from './webtresor.ts'

const MAILS = 12

/** Bytes of an attachment that becomes a file, as its mail does; one of 4,000 lies in a row with it. */
const LARGE = 24_000
const sizeOf = (nth: number) => (nth % 2 === 0 ? 4000 : LARGE)

for (const kind of ['SQLite', 'PostgreSQL'] as const) {
  test(`${kind}: backed up under load, restored into an empty folder, all of it holds`, async ({
    assert,
    cleanup,
  }) => {
    const postgres = kind === 'PostgreSQL' ? await startPostgres() : undefined
    cleanup(() => postgres?.stop())
    const database = async (): Promise<Record<string, string>> =>
      postgres ? { DATABASE_URL: await postgres.createDatabase() } : {}
    const smarthost = await collectingListener()
    cleanup(() => smarthost.stop())
    const settings = { RELAY_URL: `smtp://127.0.0.1:${smarthost.port}` }
    const at = await Installation.create({ ...settings, ...(await database()) })
    cleanup(() => at.remove())
    const folder = await mkdtemp(join(tmpdir(), 'webtresor-backup-'))
    cleanup(() => rm(folder, { recursive: true, force: true }))
    const [data, keys] = [join(folder, 'data'), join(folder, 'keys')]

    const server = await at.start()
    const mails = async (from: number) => {
      for (let nth = from; nth < from + MAILS; nth++) {
        await send(at.smtpPort, mailWith(Buffer.alloc(sizeOf(nth), nth), `Mail ${nth}`))
      }
    }
    await mails(0)
    const [early, earlyKeys] = [join(folder, 'early'), join(folder, 'early-keys')]
    let sent = MAILS
    let ended = false
    const load = Array.from({ length: 4 }, async () => {
      while (!ended) await mails((sent += MAILS) - MAILS)
    })
    const underLoad = await at.ace('backup', early, `--keys=${earlyKeys}`)
    ended = true
    await Promise.all(load)
    assert.equal(underLoad.code, 0, underLoad.output)
    const first = await at.ace('backup', data)
    assert.match(first.output, /The keys are not in it/)
    await mails((sent += MAILS) - MAILS)
    const deadline = Date.now() + 60_000
    while (smarthost.accepted.length < sent && Date.now() < deadline) await pause(50)

    const second = await at.ace('backup', data, `--keys=${keys}`)
    assert.equal(second.code, 0, second.output)
    assert.isTrue((await readdir(keys)).includes('storage.key'))
    const keyFile = await stat(join(keys, 'storage.key'))
    assert.equal(keyFile.mode & 0o077, 0)
    const third = await at.ace('backup', data)
    assert.match(third.output, /of which 0 are new; 0 shredded/)
    await server.stop()

    const halfway = await Installation.create({ ...settings, ...(await database()) })
    cleanup(() => halfway.remove())
    const there = await halfway.ace('restore', early, `--keys=${earlyKeys}`)
    assert.equal(there.code, 0, there.output)
    const holds = await halfway.ace('archive:verify')
    assert.equal(holds.code, 0, holds.output)

    const elsewhere = { ...settings, APP_URL: at.url, ...(await database()) }
    const empty = await Installation.create(elsewhere)
    cleanup(() => empty.remove())
    const keyless = await empty.ace('restore', data)
    assert.equal(keyless.code, 1)
    assert.match(keyless.output, /Without its storage\.key nothing can be read/)
    const restored = await empty.ace('restore', data, `--keys=${keys}`)
    assert.equal(restored.code, 0, restored.output)
    const verified = await empty.ace('archive:verify')
    assert.equal(verified.code, 0, verified.output)
    const again = await empty.ace('restore', data)
    assert.equal(again.code, 1)
    assert.match(again.output, /is not empty: restore into a new DATA_DIR/)

    const back = await empty.start()
    const text = smarthost.accepted[3]!.content.toString().replaceAll('=\r\n', '')
    const path = /\/d\/[\w-]+/.exec(text.replaceAll('=3D', '='))![0]
    const file = await new Recipient().download(`${empty.url}${path}`, 1)
    assert.include([4000, LARGE], file.length)
    await back.stop()
  }).timeout(180_000)
}

test('what is damaged or was never finished is neither written nor restored as if it were', async ({
  assert,
  cleanup,
}) => {
  const at = await Installation.create()
  cleanup(() => at.remove())
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-backup-'))
  cleanup(() => rm(folder, { recursive: true, force: true }))
  const server = await at.start()
  await send(at.smtpPort, mailWith(Buffer.alloc(LARGE, 1)))
  await server.stop()
  const [data, keys] = [join(folder, 'data'), join(folder, 'keys')]
  const whole = await at.ace('backup', data, `--keys=${keys}`)
  assert.equal(whole.code, 0, whole.output)

  const { id } = at.rows<{ id: string }>('SELECT blob AS id FROM originals')[0]!
  const lost = join(data, 'blobs', id.slice(-3), id)
  await rm(lost)
  const empty = await Installation.create()
  cleanup(() => empty.remove())
  const short = await empty.ace('restore', data, `--keys=${keys}`)
  assert.equal(short.code, 1)
  assert.match(short.output, /blobs, the manifest says \d+/)

  // The next run brings back what is missing in the backup, but not what is missing at home.
  await rm(join(at.dataDir, 'blobs', id.slice(-3), id))
  const broken = await at.ace('backup', data)
  assert.equal(broken.code, 1)
  assert.match(broken.output, new RegExp(`The bytes of blob ${id} are missing`))
  const unfinished = await Installation.create()
  cleanup(() => unfinished.remove())
  const refused = await unfinished.ace('restore', data, `--keys=${keys}`)
  assert.equal(refused.code, 1)
  assert.match(refused.output, /is no finished backup/)
})
