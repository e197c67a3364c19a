import app from '@adonisjs/core/services/app'
import { test } from '@japa/runner'
import { MigrationRunner } from '@adonisjs/lucid/migration'
import { readdirSync } from 'node:fs'
import type { House } from '#tests/house'
import { randomUUID } from 'node:crypto'
import { fileIn, freshVault, house } from './fresh_vault.ts'
import { treeProblems } from './tree_problems.ts'

const SENDER = 'me@firm.example'

async function migrate(at: House, direction: 'up' | 'down', step?: number) {
  const runner = new MigrationRunner(at.db, app, { direction, step, disableLocks: true } as never)
  await runner.run()
  if (runner.error) throw runner.error
}

test('folders and files of earlier versions become entries, and equal names get a number', async ({
  assert,
  cleanup,
}) => {
  const at = await house()
  cleanup(() => at.close())
  const later = readdirSync('database/migrations').filter((name) => name >= '3000')
  await migrate(at, 'down', later.length)
  const insert = (table: string, row: object) => at.db.insertQuery().table(table).insert(row)
  await insert('vaults', {
    ...{ id: 1, number: 10_007, name: 'Gesendete Anhänge', mailbox: SENDER, opened_at: 5 },
  })
  for (const [id, name] of [
    [1, '2026-11-23 Rechnung'],
    [2, '2026-11-23 rechnung'],
    [3, '2026-11-23 Re: a/b'],
  ] as const) {
    await insert('folders', { id, vault_id: 1, name, message_number: id, made_at: id })
  }
  const file = {
    ...{
      vault_id: 1,
      type: 'image/png',
      size: 10,
      sha256: 'a'.repeat(64),
      crc32: 1,
      verdict: 'clean',
    },
    ...{ made_by: SENDER, made_at: 7 },
  }
  for (let id = 1; id <= 1200; id++) {
    await insert('files', {
      ...{ ...file, id, folder_id: 1, blob: randomUUID(), message_number: 1, part: String(id) },
      ...{ name: id <= 3 ? 'image001.png' : `Bild ${id}.png`, retired_at: id === 3 ? 9 : null },
    })
  }
  await migrate(at, 'up')
  const deposits = await at.vaults.deposits.of(1)
  assert.lengthOf(deposits, 1200)
  assert.deepInclude(deposits[0], {
    id: 1,
    name: 'image001.png',
    part: '1',
    verdict: 'clean',
    gone: false,
  })
  assert.equal(deposits[1]!.name, 'image001 (2).png')
  assert.deepInclude(deposits[2], { name: 'image001 (3).png', gone: true })
  const viewer = { id: 1, name: 'Ich', role: 'staff' as const, mailboxes: [SENDER] }
  const access = await at.vaults.open(10_007, viewer)
  assert.deepInclude(access, { role: 'reader' })
  assert.deepInclude(access.vault, { used: 11_990, quota: null })
  const { entries } = await at.vaults.list(access, null, { limit: 10 })
  assert.deepEqual(
    entries.map(({ name }) => name),
    ['2026-11-23 Re: a-b', '2026-11-23 Rechnung', '2026-11-23 rechnung (Nr. 2)']
  )
  assert.deepEqual(await treeProblems(at), [])
  const [last] = (await at.db.from('entries').max('id as id')) as { id: number }[]
  assert.equal(last!.id, 1203)
}).timeout(60_000)

test('files whose folder was destroyed before them count no more', async ({ assert, cleanup }) => {
  const at = await house()
  cleanup(() => at.close())
  const { owner } = await freshVault(at)
  const folder = await at.vaults.makeFolder(owner, null, 'Alt')
  await fileIn(at, owner, folder, 'a.pdf')
  const kept = await fileIn(at, owner, null, 'b.pdf')
  await at.vaults.remove(owner, [folder])
  await at.vaults.remove(owner, [kept])
  await at.db.from('entries').where('id', folder).delete()
  const latest = readdirSync('database/migrations').filter((name) => name >= '3470').length
  await migrate(at, 'down', latest)
  await migrate(at, 'up')
  const left = await at.db.from('entries').whereNull('purged_at').select('id')
  assert.deepEqual(left, [{ id: kept }])
})
