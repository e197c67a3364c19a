import { test } from '@japa/runner'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  downloaded,
  interruptedUpload,
  judged,
  release,
  writeNoise,
} from '../e2e/interrupted_upload.ts'
import { Installation } from '../e2e/webtresor.ts'
import { startClamd } from '../servers/clamd.ts'

test('5 GB: interrupted three times, not checkable, released with a reason, equal', async ({
  assert,
  cleanup,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-noise-'))
  cleanup(() => rm(folder, { recursive: true }))
  const path = join(folder, 'noise')
  const sha256 = await writeNoise(path, 5 * 1024 ** 3)
  const clamd = await startClamd()
  cleanup(() => clamd.stop())
  const at = await Installation.create({ CLAMD_URL: clamd.url })
  cleanup(() => at.remove())
  const { door, kept, size } = await interruptedUpload(at, path)
  assert.isAbove(kept[2]!, kept[0]!)
  const row = await judged(at, 600_000)
  assert.deepInclude(row, { verdict: 'unchecked', sha256 })
  const before = await downloaded(door, row.entry_id)
  assert.equal(before.status, 403)
  const answer = await release(door, row.entry_id, 'vom Mandanten bestätigt')
  assert.equal(answer.status, 200)
  assert.deepEqual(await downloaded(door, row.entry_id), { status: 200, size, sha256 })
}).timeout(1_800_000)
