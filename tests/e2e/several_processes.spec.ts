import { test } from '@japa/runner'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Recipient } from './recipient.ts'
import { rowsOf, severalProcesses } from './several_processes.ts'
import { mailWith, send } from './transaction.ts'
import { Installation } from './webtresor.ts'

const MAILS = 60
/** Sessions at a time, half of them at each gateway. */
const LANES = 8
/** Mails that were taken in leave within this time, in milliseconds. */
const LEAVE_WITHIN = 60_000

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

test.group('Several processes on one PostgreSQL', () => {
  for (const queue of ['redis', 'postgres'] as const) {
    test(`web, two gateways and two workers, woken by ${queue}: each mail once, no number missing`, async ({
      assert,
      cleanup,
    }) => {
      const several = await severalProcesses(queue)
      cleanup(() => several.stop())
      const { at, database, delivered, ports, running } = several
      // All at once on an empty database: one of them makes the tables and the keys.
      await several.startAll()
      const refused = await at.refusal()
      assert.equal(refused.code, 1)
      assert.match(refused.output, /^Another Webtresor server runs on /)

      const files = upTo(MAILS).map(() => randomBytes(1000 + Math.round(Math.random() * 100_000)))
      const replies: string[] = []
      await Promise.all(
        upTo(LANES).map(async (lane) => {
          for (let nth = lane; nth < MAILS; nth += LANES) {
            const mail = mailWith(files[nth]!, `Mail ${nth}`)
            const to = `client${nth}@example.net`
            replies.push(await send(ports[lane % 2]!, mail, { to }))
          }
        })
      )
      assert.sameMembers(
        replies,
        upTo(MAILS).map((index) => `250 2.0.0 ${index + 1}`)
      )

      const deadline = Date.now() + LEAVE_WITHIN
      while (delivered.length < MAILS && Date.now() < deadline) await pause(50)
      // What came twice would come now.
      await pause(1000)
      assert.sameMembers(
        delivered.flatMap(({ envelope }) => envelope.rcptTo),
        upTo(MAILS).map((nth) => `client${nth}@example.net`)
      )
      // Downloads tell the sender, by mails that come here too.
      for (const { content, envelope } of delivered.slice(0, MAILS)) {
        const nth = /\d+/.exec(envelope.rcptTo[0]!)?.[0]
        assert.notInclude(content.toString(), 'application/pdf')
        if (Number(nth) % 10 > 0) continue
        const text = content.toString().replaceAll('=\r\n', '').replaceAll('=3D', '=')
        const link = new RegExp(`${at.url}/d/[\\w-]+`).exec(text)?.[0]
        if (!link) throw new Error(`Mail ${nth} has no link:\n${text}`)
        const file = await new Recipient().download(link, 1)
        assert.equal(sha256(file), sha256(files[Number(nth)]!))
      }

      // A command that rings lets go of the queue, and ends.
      const person = ['--email', 'anna@firm.example', '--name', 'Anna', '--role', 'staff']
      assert.equal((await at.ace('user:create', ...person)).code, 0)
      assert.equal((await at.ace('user:reset-factors', 'anna@firm.example')).code, 0)

      for (const one of running.values()) assert.equal((await one.stop()).code, 0, one.output())
      const [ledger] = await rowsOf<{ gaps: number; size: number }>(
        database,
        'SELECT count(*)::int AS size, (max("index") + 1 - count(*))::int AS gaps FROM ledger_entries'
      )
      assert.equal(ledger!.gaps, 0)
      assert.isAtLeast(ledger!.size, 4 * MAILS)
      const verified = await at.ace('archive:verify')
      assert.equal(verified.code, 0, verified.output)

      const latest = join(at.dataDir, 'checkpoints/latest')
      await rm(latest)
      await several.start(several.roles[1]!)
      assert.isTrue(existsSync(latest), 'whoever starts publishes what was not published any more')
    }).timeout(240_000)
  }

  test('what stays inside one process is refused with one sentence', async ({
    assert,
    cleanup,
  }) => {
    const at = await Installation.create()
    cleanup(() => at.remove())
    const [alone, nonsense] = await Promise.all([
      at.ace('gateway:serve'),
      at.ace('worker:run', '--concurrency=0'),
    ])
    assert.equal(alone.code, 1)
    assert.match(alone.output, /^Separate processes cannot share SQLite: set DATABASE_URL .+\n$/)
    assert.equal(nonsense.code, 1)
    assert.match(nonsense.output, /^--concurrency is not usable: .+\n$/)

    await at.start()
    const beside = await at.ace('gateway:serve')
    assert.equal(beside.code, 1)
    assert.match(beside.output, /^Another Webtresor server runs on \S+: stop it first, or .+\n$/)

    const elsewhere = await Installation.create({ DATABASE_URL: 'postgres://127.0.0.1:1/none' })
    cleanup(() => elsewhere.remove())
    const deaf = await elsewhere.ace('worker:run')
    assert.equal(deaf.code, 1)
    assert.match(deaf.output, /^Separate processes cannot wake each other .+: set QUEUE_URL .+\n$/)
  })
})
