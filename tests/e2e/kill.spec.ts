import { test } from '@japa/runner'
import { killed } from './killed.ts'

test('kill -9 at any moment: every mail that got its 250 is archived and delivered', async (at) => {
  await killed(at, { mails: 200, kills: 10, seed: Number(process.env.SEED ?? 4711) })
})
