import { test } from '@japa/runner'
import type { Access, Sort, VaultEntry } from '#vault'
import type { House } from '#tests/house'
import { crowd } from './crowd.ts'
import { codeOf, freshVault, house } from './fresh_vault.ts'

const COUNT = 10_000
const sorts: Sort[] = ['name', 'changed', 'type', 'size', 'madeBy', 'changedBy']

const keys: Record<Sort, (entry: VaultEntry) => string | number> = {
  name: ({ name }) => Number(/\d+/.exec(name)![0]),
  changed: ({ changedAt }) => changedAt.getTime(),
  type: ({ name }) => name.split('.').at(-1)!,
  size: (entry) => (entry.kind === 'file' ? entry.size : 0),
  madeBy: ({ madeBy }) => madeBy,
  changedBy: ({ changedBy }) => changedBy ?? '',
}

test.group('A folder of 10,000 files', (group) => {
  let at: House
  let owner: Access
  let contributor: Access
  let folder: number

  group.setup(async () => {
    at = await house()
    const vault = await freshVault(at)
    owner = vault.owner
    contributor = await vault.as('contributor')
    folder = await at.vaults.makeFolder(contributor, null, 'Belege')
    await crowd(at.db, owner.vault.id, folder, COUNT, [owner.viewer, contributor.viewer])
    if (at.db.connection().dialect.name === 'postgres') await at.db.rawQuery('ANALYZE')
    return () => at.close()
  })

  test('keys and numbers that are none lead to the first page, or nowhere', async ({ assert }) => {
    const key = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
    const nonsense = [
      'x',
      key('file', 'Beleg\0', 1),
      key('file', 5, 1),
      key('file', 'x', 2 ** 40),
      key('file', 'x', 1.5),
      key('folder', 1e300, 1),
    ]
    for (const sort of sorts) {
      for (const after of nonsense) {
        const { entries } = await at.vaults.list(owner, folder, { sort, after, limit: 1 })
        assert.isAtMost(entries.length, 1, `${sort} ${after}`)
      }
    }
    for (const after of ['x', '1e400-1', `5-${2 ** 40}`, '1.5-1.5', '-']) {
      assert.deepEqual((await at.vaults.trash(owner, { after, limit: 1 })).entries, [])
    }
    for (const after of ['1e400.x', `${2 ** 40}.x`, '1.\0', '.']) {
      assert.lengthOf((await at.vaults.folderTree(owner, null, { after, limit: 9 })).folders, 1)
    }
    for (const id of [Number.NaN, 0, -1, 1.5, 2 ** 40]) {
      assert.lengthOf(await at.vaults.find(owner, 'Belege', { after: id, limit: 1 }), 1)
      assert.equal(await codeOf(at.vaults.list(owner, id, { limit: 1 })), 'E_NO_ENTRY')
    }
  })

  async function* pages(access: Access, sort: Sort, descending: boolean) {
    for (let after: string | null = null; ;) {
      const page = await at.vaults.list(access, folder, { sort, descending, after, limit: 1500 })
      yield page.entries
      after = page.next
      if (after === null) return
    }
  }

  test('pages by {sort}, each file once and in order, for a contributor his own')
    .with(sorts.map((sort) => ({ sort })))
    .run(async ({ assert }, { sort }) => {
      for (const access of [owner, contributor]) {
        for (const descending of [false, true]) {
          const all: VaultEntry[] = []
          for await (const page of pages(access, sort, descending)) all.push(...page)
          const mine = access === owner ? COUNT : COUNT / 2
          assert.equal(new Set(all.map(({ id }) => id)).size, mine)
          const found = all.map(keys[sort])
          const order = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0)
          const wanted = found.toSorted((a, b) => (descending ? order(b, a) : order(a, b)))
          assert.isTrue(found.every((value, nth) => value === wanted[nth]))
          if (access === contributor) {
            assert.isTrue(all.every(({ madeById }) => madeById === contributor.viewer.id))
          }
        }
      }
    })

  test('is walked along an index, whatever the order', async ({ assert }) => {
    const postgres = at.db.connection().dialect.name === 'postgres'
    const heard: { sql: string; bindings: unknown[] }[] = []
    const client = at.db.connection().getReadClient().client as {
      on(event: string, hear: (query: { sql: string; bindings: unknown[] }) => void): void
    }
    client.on('query', (query) => heard.push(query))
    for (const access of [owner, contributor]) {
      for (const sort of sorts) {
        heard.length = 0
        const first = await at.vaults.list(access, folder, { sort, limit: 50 })
        await at.vaults.list(access, folder, { sort, limit: 50, after: first.next })
        const files = heard.filter(({ sql }) => sql.includes('order by'))
        assert.isAtLeast(files.length, 2)
        for (const { sql, bindings } of files) {
          if (!bindings.includes('file')) continue
          const explained: unknown = await at.db.rawQuery(
            `${postgres ? 'EXPLAIN' : 'EXPLAIN QUERY PLAN'} ${postgres ? sql.replace(/\$\d+/g, '?') : sql}`,
            bindings as string[]
          )
          const plan = JSON.stringify(postgres ? (explained as { rows: unknown }).rows : explained)
          assert.notMatch(plan, /TEMP B-TREE|Sort Key|Seq Scan on entries/, plan)
          assert.match(plan, /entries_by_/)
        }
      }
    }
  })
})
