import { test } from '@japa/runner'
import type { Database } from '@adonisjs/lucid/database'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { transaction } from '#transaction'
import { event, events, freshLedger, problems, type FreshLedger } from './fresh_ledger.ts'

/** Somebody who may do everything with the database: the triggers go first. */
async function dropGuards(db: Database) {
  const onPostgres = db.connection().dialect.name === 'postgres'
  for (const table of ['ledger_entries', 'ledger_nodes']) {
    for (const what of onPostgres ? ['change', 'truncate'] : ['update', 'delete']) {
      const place = onPostgres ? ` ON ${table}` : ''
      await db.rawQuery(`DROP TRIGGER ${table}_refuses_${what}${place}`)
    }
  }
}

const entry = (db: Database, index: number) => db.from('ledger_entries').where({ index })
const node = (db: Database, level: number, index: number) =>
  db.from('ledger_nodes').where({ level, index })

async function swap(db: Database, a: number, b: number) {
  await db.from('details').whereIn('entry', [a, b]).delete()
  await entry(db, a).update({ index: -1 })
  await entry(db, b).update({ index: a })
  await entry(db, -1).update({ index: b })
}

async function removeEntries(db: Database, from: number, to: number) {
  await db.from('details').whereBetween('entry', [from, to]).delete()
  await db.from('ledger_entries').whereBetween('index', [from, to]).delete()
}

const TABLES = ['ledger_entries', 'details', 'ledger_nodes']

/** Copies the ledger, and returns what puts the copy back, as a restored backup would, or into another database. */
async function snapshot(db: Database, tables = [...TABLES, 'ledger_head']) {
  const copies: [table: string, rows: object[]][] = []
  for (const table of tables) copies.push([table, await db.from(table)])
  return async (target = db) => {
    for (const table of ['details', ...tables]) await target.from(table).delete()
    for (const [table, rows] of copies) {
      for (const row of rows) await target.insertQuery().table(table).insert(row)
    }
  }
}

const WRONG = Buffer.alloc(32, 7)

/** On a ledger of 11 entries: what an attacker does, and everything that the verification then says. */
const tamperings: { name: string; act(fresh: FreshLedger): Promise<unknown>; found: RegExp[] }[] = [
  {
    name: 'a column of a row',
    act: ({ db }) => entry(db, 5).update({ original: 'f'.repeat(64) }),
    found: [/^Entry 5 was changed: its columns are not those of its leaf$/],
  },
  {
    name: 'a time of a row',
    act: ({ db }) => entry(db, 5).update({ at: 1 }),
    found: [/^Entry 5 was changed: its columns/],
  },
  {
    name: 'a row with its leaf',
    act: ({ db }) => entry(db, 6).update({ leaf: '{"at":"2026-01-01T00:00:00.000Z"}' }),
    found: [/^Entry 6 was changed: it is not the one in the tree, .*columns.*, .*hash/],
  },
  {
    name: 'the last row, which has no sibling',
    act: ({ db }) => entry(db, 10).update({ leaf: '{}' }),
    found: [/^Entry 10 was changed: it is not the one in the tree/],
  },
  {
    name: 'two siblings',
    act: ({ db }) => db.from('ledger_entries').whereIn('index', [2, 3]).update({ leaf: '{}' }),
    found: [/^Entry 2 was changed: it is not/, /^Entry 3 was changed: it is not/],
  },
  {
    name: 'the hash of a row',
    act: ({ db }) => entry(db, 4).update({ hash: WRONG }),
    found: [/^Entry 4 was changed: its hash is not that of its leaf$/],
  },
  {
    name: 'a detail',
    act: ({ db }) =>
      db.from('details').where('entry', 3).update({ detail: '{"to":["m@x.example"]}' }),
    found: [/^The detail of entry 3 was changed$/],
  },
  {
    name: 'a removed row',
    act: ({ db }) => removeEntries(db, 5, 5),
    found: [/^Entry 5 is missing$/],
  },
  {
    name: 'a removed row with its node',
    async act({ db }) {
      await removeEntries(db, 5, 5)
      await node(db, 0, 5).delete()
    },
    found: [/^Entry 5 is missing$/],
  },
  {
    name: 'the last rows removed',
    act: ({ db }) => removeEntries(db, 8, 10),
    found: [/^Entries 8 to 10 are missing$/],
  },
  {
    name: 'all rows removed',
    act: ({ db }) => removeEntries(db, 0, 10),
    found: [/^Entries 0 to 10 are missing$/],
  },
  {
    name: 'neighbours in swapped order',
    act: ({ db }) => swap(db, 4, 5),
    found: [
      /^The order was changed: entry 4 .* entry 5$/,
      /^The order was changed: entry 5 .* entry 4$/,
    ],
  },
  {
    name: 'distant rows in swapped order',
    act: ({ db }) => swap(db, 1, 10),
    found: [
      /^The order was changed: entry 1 .* entry 10$/,
      /^The order was changed: entry 10 .* entry 1$/,
    ],
  },
  {
    name: 'a row too many',
    async act({ db }) {
      const row = await entry(db, 10).first()
      await db
        .insertQuery()
        .table('ledger_entries')
        .insert({ ...row, index: 11 })
    },
    found: [/^Entries stand outside the 11 that the head names$/],
  },
  {
    name: 'a wrong node of a leaf',
    act: ({ db }) => node(db, 0, 5).update({ hash: WRONG }),
    found: [/^Node 0\/5 is not the hash of its entry$/],
  },
  {
    name: 'the wrong node of the last leaf',
    act: ({ db }) => node(db, 0, 10).update({ hash: WRONG }),
    found: [/^Node 0\/10 is not the hash of its entry$/],
  },
  {
    name: 'text where a node’s hash was',
    act: ({ db }) => node(db, 2, 1).update({ hash: 'abc' }),
    found: [/^Node 2\/1 is not the hash of the two below it$/],
  },
  {
    name: 'text where a row’s hash was',
    act: ({ db }) => entry(db, 4).update({ hash: 'abc' }),
    found: [/^Entry 4 was changed: its hash is not that of its leaf$/],
  },
  {
    name: 'a removed row, and text where its node’s hash was',
    async act({ db }) {
      await removeEntries(db, 5, 5)
      await node(db, 0, 5).update({ hash: 'abc' })
    },
    found: [
      /^Entry 5 is missing$/,
      /^Node 1\/2 is not the hash of the two below it$/,
      /^Node 2\/1 is not/,
      /^Node 3\/0 is not/,
      /^The edge in the head/,
      /^The entries contradict/,
    ],
  },
  {
    name: 'a wrong inner node',
    act: ({ db }) => node(db, 2, 1).update({ hash: WRONG }),
    found: [/^Node 2\/1 is not the hash of the two below it$/],
  },
  {
    name: 'a missing node',
    act: ({ db }) => node(db, 1, 2).delete(),
    found: [/^Node 1\/2 is missing$/],
  },
  {
    name: 'a node too many',
    act: ({ db }) => db.table('ledger_nodes').insert({ level: 3, index: 1, hash: WRONG }),
    found: [/^Nodes of level 3 stand outside the tree$/],
  },
  {
    name: 'the edge in the head',
    act: ({ db }) => db.from('ledger_head').update({ edge: WRONG.toString('base64') }),
    found: [/^The edge in the head is not that of the entries$/],
  },
  {
    name: 'a smaller size in the head',
    act: ({ db }) => db.from('ledger_head').update({ size: 10 }),
    found: [
      /^The head names 10 entries, its checkpoint 11$/,
      /^The edge in the head/,
      /^The database was set back: .* signed at size 11, the database has 10 entries$/,
      /^Entries stand outside the 10/,
      /^Nodes of level 0 stand outside/,
    ],
  },
  {
    name: 'a gigantic size in the head',
    act: ({ db }) => db.from('ledger_head').update({ size: 2 ** 52 }),
    found: [
      /^The head names 4503599627370496 entries, its checkpoint 11$/,
      /^Entries 11 to 4503599627370495 are missing$/,
    ],
  },
  {
    name: 'a checkpoint in the head with a bad signature',
    async act({ db, ledger }) {
      const note = await ledger.checkpoint()
      await db.from('ledger_head').update({ checkpoint: note.replace('\n11\n', '\n12\n') })
    },
    found: [
      /^The checkpoint in the head is not a checkpoint of this ledger: The signature .* does not hold$/,
    ],
  },
  {
    name: 'no checkpoint in the head',
    act: ({ db }) => db.from('ledger_head').update({ checkpoint: null }),
    found: [/^The head has no signed checkpoint$/],
  },
  {
    name: 'a published checkpoint with a bad signature',
    async act({ checkpoints }) {
      const path = join(checkpoints, 'latest')
      const note = await readFile(path, 'utf8')
      await writeFile(path, note.replace('\n11\n', '\n9\n'))
    },
    found: [/checkpoints\/latest is not a checkpoint of this ledger: The signature/],
  },
  {
    name: 'the published checkpoints removed',
    act: ({ checkpoints }) => rm(checkpoints, { recursive: true }),
    found: [/^The latest checkpoint is not published/],
  },
]

test.group('Ledger verification names', () => {
  for (const { name, act, found } of tamperings) {
    test(name, async ({ assert, cleanup }) => {
      const fresh = await freshLedger()
      cleanup(fresh.close)
      for (const size of [1, 4, 6]) await fresh.append(...events(size))
      await dropGuards(fresh.db)
      assert.deepEqual(await problems(fresh.ledger), [])

      await act(fresh)
      const told = await problems(fresh.ledger)
      assert.lengthOf(told, found.length, told.join('\n'))
      for (const pattern of found) {
        assert.isTrue(
          told.some((what) => pattern.test(what)),
          `${pattern} in:\n${told.join('\n')}`
        )
      }
    })
  }

  test('changes on every page', async ({ assert, cleanup }) => {
    const { db, ledger, append, close } = await freshLedger()
    cleanup(close)
    await append(...events(2500))
    await dropGuards(db)
    await entry(db, 1023).update({ leaf: '{}' })
    await node(db, 11, 0).update({ hash: WRONG })
    await removeEntries(db, 2047, 2049)
    const { problems: told } = await ledger.verify()
    assert.deepEqual(
      told.map(({ index }) => index),
      [undefined, 1023, 2047]
    )
    assert.match(told[0]!.what, /^Node 11\/0/)
    assert.equal(told[2]!.what, 'Entries 2047 to 2049 are missing')
  })

  test('so much that it stops listing', async ({ assert, cleanup }) => {
    const { db, ledger, append, close } = await freshLedger()
    cleanup(close)
    await append(...events(1200))
    await dropGuards(db)
    await db.from('ledger_entries').update({ at: 1 })
    const told = await problems(ledger)
    assert.lengthOf(told, 1001)
    assert.equal(told.at(-1), 'And 200 more problems')
  })
})

test.group('Ledger verification finds a database', () => {
  test('set back against its published checkpoints', async ({ assert, cleanup }) => {
    const fresh = await freshLedger()
    cleanup(fresh.close)
    await fresh.append(...events(4))
    await dropGuards(fresh.db)
    const restore = await snapshot(fresh.db)
    await fresh.append(...events(3))
    await restore()
    assert.deepEqual(await problems(fresh.ledger), [
      `The database was set back: ${fresh.checkpoints}/latest was signed at size 7, the database has 4 entries`,
    ])
  })

  test('set back together with its checkpoints, by a copy kept outside only', async ({
    assert,
    cleanup,
  }) => {
    const fresh = await freshLedger()
    cleanup(fresh.close)
    await fresh.append(...events(4))
    await dropGuards(fresh.db)
    const restore = await snapshot(fresh.db)
    const early = await fresh.ledger.checkpoint()
    await fresh.append(...events(3))
    const kept = await fresh.ledger.checkpoint()
    await restore()
    await rm(fresh.checkpoints, { recursive: true })
    const restarted = await fresh.reopen()
    await transaction(fresh.db, (trx) => restarted.append(trx, [event(9)]))

    assert.deepEqual(await problems(fresh.ledger), [])
    assert.deepEqual(await problems(fresh.ledger, { since: early }), [])
    assert.deepEqual(await problems(fresh.ledger, { since: kept }), [
      'The database was set back: The checkpoint given was signed at size 7, the database has 5 entries',
    ])
  })

  test('with another history, even signed with the key', async ({ assert, cleanup }) => {
    const fresh = await freshLedger()
    cleanup(fresh.close)
    await fresh.append(...events(2))
    const early = await fresh.ledger.checkpoint()
    await fresh.append(...events(4))
    const kept = await fresh.ledger.checkpoint()

    const forged = await freshLedger({
      beside: { ...fresh, checkpoints: `${fresh.folder}/forged` },
    })
    cleanup(forged.close)
    await forged.append(...events(8))
    assert.deepEqual(await problems(forged.ledger), [])
    for (const since of [early, kept]) {
      const told = await problems(forged.ledger, { since })
      assert.lengthOf(told, 1)
      assert.match(
        told[0]!,
        /^The entries contradict The checkpoint given, which was signed at size/
      )
    }
  })

  test('rewritten in all rows: between which checkpoints', async ({ assert, cleanup }) => {
    let hour = 0
    const fresh = await freshLedger({ now: () => new Date(Date.UTC(2026, 0, 1, hour++ >> 2)) })
    cleanup(fresh.close)
    for (let size = 0; size < 6; size++) await fresh.append(event(size))
    await dropGuards(fresh.db)
    assert.deepEqual(await problems(fresh.ledger), [])

    const forged = await freshLedger()
    cleanup(forged.close)
    await forged.append(...events(6))
    const forge = await snapshot(forged.db, TABLES)
    await forge(fresh.db)
    const told = await problems(fresh.ledger)
    assert.match(
      told.join('\n'),
      /The entries contradict .*2026-01-01T00, .* size 1: between 0 and 0 .* So do \d other/
    )
  })
})
