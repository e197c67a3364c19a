import { test } from '@japa/runner'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ReadingProcess } from '../../mail-gateway/reading_process.ts'

test('who reads hostile input sees no file and no secret of ours, and changes nothing', async ({
  assert,
  cleanup,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'webtresor-curious-'))
  cleanup(() => rm(folder, { recursive: true }))
  const secret = join(folder, 'storage.key')
  await writeFile(secret, 'secret')
  const limits = { heap: 100, memory: 600, time: 30_000, idle: 1000 }
  const curious = new ReadingProcess('./curious_process', import.meta.url, limits)
  cleanup(() => curious.close())
  const denied = 'ERR_ACCESS_DENIED'
  assert.deepEqual(await curious.ask({ secret, place: join(folder, 'x') }), {
    answer: { reads: denied, writes: denied, starts: denied, environment: [] },
  })
})
