import { test } from '@japa/runner'
import fc from 'fast-check'
import { randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { isDeepStrictEqual } from 'node:util'
import type { Access, Conflict, VaultFile } from '#vault'
import type { House } from '#tests/house'
import { fileIn, freshVault, house, putFile, refusalOf } from './fresh_vault.ts'
import { treeProblems } from './tree_problems.ts'

const DAY = 24 * 60 * 60_000

/** Few, so that they meet. */
const names = ['A', 'a', 'Ä', 'B.pdf', 'b.PDF', 'C']

interface World {
  at: House
  vaults: Access[]
  batches: { vault: Access; batch: string }[]
  takenBack: number
}

type Step = (world: World) => Promise<unknown>

async function idsOf({ at }: World, { vault }: Access, kind?: string): Promise<number[]> {
  const query = at.db
    .from('entries')
    .where('vault_id', vault.id)
    .whereNull('trashed_at')
    .orderBy('id')
  if (kind) query.where('kind', kind)
  return (await query.select('id')).map(({ id }: { id: number }) => id)
}

const pick = <T>(list: T[], nth: number): T | undefined => list[nth % Math.max(1, list.length)]

async function folderOf(world: World, vault: Access, nth: number): Promise<number | null> {
  return pick([null, ...(await idsOf(world, vault, 'folder'))], nth) ?? null
}

const draw = fc.record({
  verb: fc.constantFrom(
    'folder',
    'file',
    'rename',
    'move',
    'copy',
    'remove',
    'restore',
    'empty',
    'sweep',
    'revert',
    'lock',
    'unlock'
  ),
  vault: fc.nat(1),
  other: fc.nat(1),
  first: fc.nat(1000),
  second: fc.nat(1000),
  folder: fc.nat(1000),
  name: fc.constantFrom(...names),
  conflict: fc.constantFrom<Conflict>('ask', 'replace', 'keep', 'skip'),
  /** Taken back at once. */
  back: fc.boolean(),
})

type Drawn = typeof draw extends fc.Arbitrary<infer Each> ? Each : never

async function take(drawn: Drawn, world: World, access: Access): Promise<unknown> {
  const { at, vaults, batches } = world
  const target = vaults[drawn.other]!
  const { name, conflict } = drawn
  const ids = await idsOf(world, access)
  const some = [pick(ids, drawn.first), pick(ids, drawn.second)].filter((id) => id !== undefined)
  const there = async (vault: Access) => folderOf(world, vault, drawn.folder)
  const aFile = async () => pick(await idsOf(world, access, 'file'), drawn.first)
  switch (drawn.verb) {
    case 'folder':
      return at.vaults.makeFolder(access, await there(access), name)
    case 'file':
      return putFile(at, access, await there(access), name, {
        ...{ conflict, content: 'x'.repeat(1 + (drawn.first % 9)) },
        path: drawn.second % 3 === 0 ? ['B', 'C'] : [],
      })
    case 'rename':
      return some[0] && at.vaults.rename(access, some[0], name)
    case 'move':
      return at.vaults.move(access, some, { access: target, folder: await there(target) }, conflict)
    case 'copy':
      return at.vaults.copy(access, some, { access: target, folder: await there(target) }, conflict)
    case 'remove':
      if (some.length === 0) return
      return batches.push({ vault: access, batch: await at.vaults.remove(access, some) })
    case 'restore': {
      const last = batches.splice(drawn.first % (batches.length || 1), 1)[0]
      return last && at.vaults.restore({ ...last.vault, undo: access.undo }, last.batch)
    }
    case 'empty':
      return at.vaults.emptyTrash(access)
    case 'sweep':
      at.clock.now = new Date(at.clock.now.getTime() + 11 * DAY)
      return at.vaults.sweep()
    case 'revert': {
      const file = await aFile()
      return file && at.vaults.versions.restore(access, file, 1)
    }
    case 'lock': {
      const file = await aFile()
      return file && at.vaults.lock(access, [file])
    }
    case 'unlock': {
      const file = await aFile()
      return file && at.vaults.unlock(access, [file])
    }
  }
}

/** What people see of the trees. */
async function seen({ at, vaults }: World): Promise<unknown[]> {
  const ids = vaults.map(({ vault }) => vault.id)
  return at.db
    .from('entries')
    .whereIn('vault_id', ids)
    .whereNull('trashed_at')
    .orderBy('id')
    .select('id', 'vault_id', 'parent_id', 'name', 'version', 'size', 'changed_by_name')
    .select('locked_by_id', 'locked_at', 'lock_until')
}

const step: fc.Arbitrary<Step> = draw.map((each): Step => async (world) => {
  const { at } = world
  const name = randomUUID()
  const access = at.vaults.undoing.remembering(world.vaults[each.vault]!, name)
  const before = each.back ? await seen(world) : []
  await take(each, world, access)
  const way = each.back ? await at.vaults.undoing.wayBack(access) : null
  if (way === null) return
  const [row] = await at.db.from('undos').where('id', name)
  const vault = world.vaults.find((one) => one.vault.id === row.vault_id)!
  await at.vaults.undoing.undo(vault, [way])
  const after = await seen(world)
  if (!isDeepStrictEqual(after, before)) {
    throw new Error(`${each.verb} not taken back: ${JSON.stringify({ before, after })}`)
  }
  world.takenBack++
})

test('whatever is done to a tree, it stays one, and every byte is counted', async ({
  assert,
  cleanup,
}) => {
  const at = await house()
  cleanup(() => at.close())
  let done = 0
  let takenBack = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }),
      async (steps) => {
        const owner = (await freshVault(at, { quota: 300 })).owner
        const second = await at.vaults.create(owner.viewer, { name: 'Zweiter', quota: 200 })
        const world: World = { at, vaults: [owner, second], batches: [], takenBack: 0 }
        for (const each of steps) {
          const refused = await refusalOf(() => each(world))
          if (!refused) done++
          const problems = await treeProblems(at)
          if (problems.length > 0) throw new Error(problems.join('\n'))
        }
        takenBack += world.takenBack
      }
    ),
    { numRuns: process.env.TEST_DATABASE_URL ? 8 : 24, seed: 4711, endOnFailure: true }
  )
  assert.isAbove(done, 100)
  assert.isAbove(takenBack, 20)
  assert.deepEqual((await at.ledger.verify()).problems, [])
}).timeout(120_000)

test('what is in use can be read after everything else was destroyed', async ({
  assert,
  cleanup,
}) => {
  const at = await house()
  cleanup(() => at.close())
  const { owner } = await freshVault(at)
  const original = await fileIn(at, owner, null, 'Original.pdf', 'gemeinsam')
  const { ids } = await at.vaults.copy(owner, [original], { access: owner, folder: null }, 'ask')
  const read = async (id: number) => {
    const file = (await at.vaults.entry(owner, id)) as VaultFile
    return (await buffer(at.vaults.read(file))).toString()
  }
  const file = (await at.vaults.entry(owner, original)) as VaultFile
  await at.vaults.remove(owner, [original])
  await at.vaults.emptyTrash(owner)
  await at.vaults.sweep()
  assert.equal(await read(ids[0]!), 'gemeinsam')
  assert.isNull(await at.db.from('entries').where('id', original).first())
  await at.vaults.remove(owner, ids)
  await at.vaults.emptyTrash(owner)
  await at.vaults.sweep()
  await assert.rejects(() => buffer(at.blobs.read(file.blob)), /shredded/)
  assert.lengthOf(await at.db.from('versions'), 0)
  assert.equal((await at.vaults.open(owner.vault.number, owner.viewer)).vault.used, 0)
})
