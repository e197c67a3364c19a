import { test } from '@japa/runner'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { downloaded, interruptedUpload, judged, writeNoise } from './interrupted_upload.ts'
import { Installation } from './webtresor.ts'

test('an upload goes on after a broken connection, kill -9 of the server and the end of its client', async ({
  assert,
  cleanup,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-noise-'))
  cleanup(() => rm(folder, { recursive: true }))
  const path = join(folder, 'noise')
  const sha256 = await writeNoise(path, 256 * 1024 * 1024)
  const at = await Installation.create()
  cleanup(() => at.remove())
  const { door, server, kept, size } = await interruptedUpload(at, path)
  // Each went on from where the one before was, and not from the beginning.
  assert.isAbove(kept[0]!, 0)
  assert.isAbove(kept[1]!, kept[0]!)
  assert.isAbove(kept[2]!, kept[1]!)
  const row = await judged(at, 60_000)
  assert.deepInclude(row, { verdict: 'unscanned', sha256 })
  assert.deepEqual(await downloaded(door, row.entry_id), { status: 200, size, sha256 })
  await server.stop()
  const { code, output } = await at.ace('archive:verify')
  assert.equal(code, 0, output)
}).timeout(240_000)
