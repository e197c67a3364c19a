import { test } from '@japa/runner'
import type { Database } from '@adonisjs/lucid/database'
import type { TestContext } from '@japa/runner/core'
import { execFileSync } from 'node:child_process'
import { closeSync, constants, existsSync, openSync } from 'node:fs'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ledger, LedgerSigner, type LedgerEvent } from '#ledger'
import { insert, rows, update } from '#prepared'
import type { Trx } from '#transaction'
import { SharedWrites } from '../../../app/archive/shared_writes.ts'
import { freshDatabase } from '../../fresh_database.ts'
import { Breaker, type Fault } from '../faults/breaker.ts'
import { faultyDatabase } from '../faults/faulty_database.ts'

const event = (number: number): LedgerEvent => ({
  type: 'accepted',
  number,
  original: 'ab'.repeat(32),
  detail: { number },
})

/** Notes what a work did, under its number. */
const note = (trx: Trx, number: number) =>
  insert(trx, 'settings', [{ key: `note.${number}`, value: String(number) }])

async function notes(db: Database): Promise<number[]> {
  const found: { value: string }[] = await db.from('settings').where('key', 'like', 'note.%')
  return found.map(({ value }) => Number(value)).sort((a, b) => a - b)
}

/** Shared writes on a database of which `fault` is one write. */
async function desk({ cleanup }: Pick<TestContext, 'cleanup'>, fault?: Fault) {
  const { place, close } = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-desk-'))
  const breaker = new Breaker()
  const db = faultyDatabase(place, breaker)
  cleanup(async () => {
    await ledger.settled()
    await db.manager.closeAll(true)
    await close()
    await rm(folder, { recursive: true })
  })
  const signer = await LedgerSigner.load(join(folder, 'keys'), 'test.example/ledger')
  const ledger = new Ledger({ db, signer, checkpoints: join(folder, 'checkpoints') })
  const writes = new SharedWrites({ db, ledger })
  breaker.arm(fault)
  const entered = async () => (await ledger.entries({ limit: 500 })).map(({ number }) => number)
  return { breaker, db, folder, ledger, writes, entered }
}

/** Keeps every thread that Node has for the disk until it goes on: each opens a pipe that nobody writes to. */
async function stalledDisk(folder: string) {
  const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4)
  const pipes = Array.from({ length: threads }, (_, nth) => join(folder, `pipe-${nth}`))
  execFileSync('mkfifo', pipes)
  const opening = pipes.map((pipe) => open(pipe, 'r'))
  let stalled = true
  return {
    async goOn() {
      if (!stalled) return
      stalled = false
      const ends = pipes.map((pipe) => openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK))
      for (const pipe of await Promise.all(opening)) await pipe.close()
      for (const end of ends) closeSync(end)
    },
  }
}

const take = (writes: SharedWrites, number: number) =>
  writes.write(async (trx) => {
    await note(trx, number)
    return { result: number * 10, events: [event(number)] }
  })

test.group('Writes that share a transaction', () => {
  test('each gets its own result, and its entry stands in the ledger in its turn', async ({
    assert,
    cleanup,
  }) => {
    const { breaker, db, ledger, writes, entered } = await desk({ cleanup })
    const numbers = Array.from({ length: 60 }, (_, nth) => nth + 1)
    const results = await Promise.all(numbers.map((number) => take(writes, number)))
    assert.deepEqual(
      results,
      numbers.map((number) => number * 10)
    )
    assert.deepEqual(await notes(db), numbers)
    assert.deepEqual(
      (await entered()).toSorted((a, b) => a! - b!),
      numbers
    )
    // Fifty go together at most; one by one there would be sixty.
    assert.lengthOf(
      breaker.passed.filter((name) => name === 'database COMMIT'),
      2
    )
    assert.deepEqual((await ledger.verify()).problems, [])
  })

  test('a disk that is slow to take the checkpoint keeps neither who wrote nor the next one; it gets it in the end', async ({
    assert,
    cleanup,
  }) => {
    const { db, folder, ledger, writes } = await desk({ cleanup })
    // The threads find the database's address too.
    await notes(db)
    const disk = await stalledDisk(folder)
    cleanup(() => disk.goOn())
    await Promise.all([1, 2, 3].map((number) => take(writes, number)))
    await take(writes, 4)
    assert.isFalse(existsSync(join(folder, 'checkpoints', 'latest')))
    await disk.goOn()
    await ledger.settled()
    const latest = await readFile(join(folder, 'checkpoints', 'latest'), 'utf8')
    assert.equal(latest.split('\n')[1], '4')
    assert.deepEqual((await ledger.verify()).problems, [])
  })

  test('one that writes no entry makes no checkpoint', async ({ assert, cleanup }) => {
    const { folder, ledger, writes } = await desk({ cleanup })
    assert.equal(await writes.write(async () => ({ result: 'nothing' })), 'nothing')
    await ledger.settled()
    assert.isFalse(existsSync(join(folder, 'checkpoints')))
  })

  test('one that fails takes none of the others with it, and leaves nothing', async ({
    assert,
    cleanup,
  }) => {
    const { db, ledger, writes, entered } = await desk({ cleanup })
    const failing = [
      async (trx: Trx) => {
        await note(trx, 100)
        throw new Error('lost its claim')
      },
      // On PostgreSQL a statement that is refused ends the whole transaction.
      async (trx: Trx) => {
        await note(trx, 101)
        await note(trx, 101)
        return { result: 0 }
      },
      async (trx: Trx) => {
        await note(trx, 102)
        return { result: 0, events: [{ ...event(102), detail: { wrong: undefined } as never }] }
      },
    ]
    const outcomes = await Promise.allSettled([
      take(writes, 1),
      writes.write(failing[0]!),
      take(writes, 2),
      writes.write(failing[1]!),
      writes.write(failing[2]!),
      take(writes, 3),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'rejected', 'fulfilled']
    )
    assert.deepEqual(await notes(db), [1, 2, 3])
    assert.deepEqual(await entered(), [1, 2, 3])
    assert.deepEqual((await ledger.verify()).problems, [])
  })

  test('those that change the same row see each other’s change', async ({ assert, cleanup }) => {
    const { db, writes } = await desk({ cleanup })
    const count = () =>
      writes.write(async (trx) => {
        const sql = `UPDATE counters SET value = value + 1 WHERE name = 'message' RETURNING value`
        const [row] = await rows<{ value: number }>(trx, sql)
        return { result: row!.value }
      })
    const given = await Promise.all(Array.from({ length: 40 }, count))
    assert.deepEqual(
      given.toSorted((a, b) => a - b),
      Array.from({ length: 40 }, (_, nth) => nth + 1)
    )
    const { value } = await db.from('counters').where('name', 'message').firstOrFail()
    assert.equal(Number(value), 40)
  })

  for (const when of ['before', 'after'] as const) {
    test(`each write of theirs fails once, ${when} it took place: who was told of success is there, nobody twice`, async ({
      assert,
      cleanup,
    }) => {
      /** Five come together, one of them to a row that is gone. */
      const life = async (fault?: Fault) => {
        const { breaker, db, ledger, writes, entered } = await desk({ cleanup }, fault)
        const lost = writes.write(async (trx) => {
          const mine = await update(trx, 'settings', { value: 'mine' }, 'key = ?', ['nobody'])
          if (mine === 0) throw new Error('E_CLAIM_LOST')
          return { result: 0 }
        })
        const outcomes = await Promise.allSettled([
          take(writes, 1),
          take(writes, 2),
          lost,
          take(writes, 3),
          take(writes, 4),
        ])
        const passed = [...breaker.passed]
        breaker.arm(undefined)
        const about = `${fault ? passed[fault.nth - 1] : 'nothing'} ${when}`
        const found = await notes(db)
        assert.equal(outcomes[2]!.status, 'rejected', about)
        for (const [position, number] of [1, 2, undefined, 3, 4].entries()) {
          const outcome = outcomes[position]!
          if (number === undefined) continue
          if (outcome.status === 'fulfilled') assert.include(found, number, about)
          else if (found.includes(number)) {
            assert.include(outcome.reason, { code: 'E_COMMIT_UNKNOWN' }, about)
          }
        }
        // What is written and what is entered is the same, each once, and what comes next goes on from there.
        assert.deepEqual(
          (await entered()).toSorted((a, b) => a! - b!),
          found,
          about
        )
        await take(writes, 9)
        assert.include(await notes(db), 9, about)
        const report = await ledger.verify()
        assert.deepEqual(report.problems, [], about)
        assert.equal(report.size, found.length + 1, about)
        return passed
      }
      const writes = await life()
      assert.includeMembers(writes, ['database COMMIT', 'database INSERT ledger_entries'])
      const step = process.env.TEST_DATABASE_URL ? 3 : 1
      for (let nth = 1; nth <= writes.length; nth += step) await life({ nth, when })
    }).timeout(120_000)
  }
})
