import { test } from '@japa/runner'
import type { Access } from '#vault'
import type { House } from '#tests/house'
import { fileIn, freshVault, house } from './fresh_vault.ts'

interface Asked {
  sql: string
  bindings: string[]
}

test.group('Large trees', (group) => {
  let at: House
  let owner: Access
  let asked: Asked[]

  group.each.setup(async () => {
    at = await house()
    owner = (await freshVault(at)).owner
    asked = []
    const client = at.db.connection().getReadClient().client as {
      on(event: string, hear: (query: Asked) => void): void
    }
    client.on('query', (query) => asked.push(query))
    return () => at.close()
  })

  /** How many statements the query builder wrote; those of `#prepared` it does not know on SQLite. */
  async function statementsOf(work: () => Promise<unknown>): Promise<number> {
    asked.length = 0
    await work()
    return asked.length
  }

  const isPostgres = () => at.db.connection().dialect.name === 'postgres'

  async function planOf({ sql, bindings }: Asked): Promise<string> {
    if (!isPostgres()) {
      const plan = (await at.db.rawQuery(`EXPLAIN QUERY PLAN ${sql}`, bindings)) as {
        detail: string
      }[]
      return plan.map(({ detail }) => detail).join('\n')
    }
    const text = `EXPLAIN ${sql.replace(/\$\d+/g, '?')}`
    const { rows } = (await at.db.rawQuery(text, bindings)) as { rows: object[] }
    return rows.flatMap((row) => Object.values(row)).join('\n')
  }

  test('are walked from each folder to what lies in it', async ({ assert }) => {
    const paths = Array.from({ length: 10 }, (_, nth) => [`${nth}`, ...Array(50).fill('a')])
    const [top] = await at.vaults.makeFolders(owner, null, [['top']])
    await at.vaults.makeFolders(owner, top!, paths)
    // As it does by itself: of a table that was never counted it believes that nothing is in it.
    if (isPostgres()) await at.db.rawQuery('ANALYZE')
    asked.length = 0
    const batch = await at.vaults.remove(owner, [top!])
    await at.vaults.restore(owner, batch)
    await at.vaults.copy(owner, [top!], { access: owner, folder: null }, 'keep')
    await at.vaults.remove(owner, [top!])
    await at.vaults.emptyTrash(owner, [top!])
    const walks = asked.filter(({ sql }) => /RECURSIVE (below|inside)/.test(sql))
    assert.isAtLeast(walks.length, 7)
    for (const walk of walks) {
      const plan = await planOf(walk)
      // The other way round, PostgreSQL compares each of the vault or batch with each of the folders.
      assert.notMatch(plan, /SCAN entries|entries_own|Join Filter: .*parent_id/, plan)
      if (!isPostgres()) assert.match(plan, /\((vault_id|trash_batch)=\? AND parent_id=\?/, plan)
    }
  })

  test('cost as many statements for a deep folder as for one at the top', async ({ assert }) => {
    const deep = Array.from({ length: 60 }, (_, nth) => `${nth}`)
    const [above] = await at.vaults.makeFolders(owner, null, [deep])
    const atTop = await statementsOf(() => at.vaults.makeFolder(owner, null, 'x'))
    const below = await statementsOf(() => at.vaults.makeFolder(owner, above!, 'x'))
    // One for the folder in which it is made, and one for the way to it.
    assert.isAtMost(below, atTop + 2)
    // What many paths have in common is looked up once.
    const ends = (count: number) => Array.from({ length: count }, (_, nth) => [...deep, `e${nth}`])
    const one = await statementsOf(() => at.vaults.makeFolders(owner, null, ends(1)))
    await at.vaults.makeFolders(owner, null, ends(20))
    const twenty = await statementsOf(() => at.vaults.makeFolders(owner, null, ends(20)))
    assert.isAtMost(twenty, one + 20 * 4)
  })

  test('have many equal names numbered without looking for each from the beginning', async ({
    assert,
  }) => {
    const paths = Array.from({ length: 200 }, (_, nth) => [`${nth}`, 'Belege'])
    const ids = await at.vaults.makeFolders(owner, null, paths)
    asked.length = 0
    await at.vaults.copy(owner, ids, { access: owner, folder: null }, 'keep')
    const tries = asked.filter(({ sql }) => /name_key. in \(/.test(sql))
    assert.lengthOf(tries, 199)
    const { entries } = await at.vaults.list(owner, null, { limit: 1000 })
    const names = entries.map(({ name }) => name).filter((name) => name.startsWith('Belege'))
    const numbered = Array.from({ length: 199 }, (_, nth) => `Belege (${nth + 2})`)
    assert.sameMembers(names, ['Belege', ...numbered])
  })

  test('are destroyed with the files in them', async ({ assert }) => {
    const top = await at.vaults.makeFolder(owner, null, 'top')
    await fileIn(at, owner, await at.vaults.makeFolder(owner, top, 'a'), 'b.pdf')
    await at.vaults.remove(owner, [top])
    await at.vaults.emptyTrash(owner, [top])
    assert.deepEqual(await at.db.from('entries').whereNull('purged_at').select('name'), [])
  })
})
