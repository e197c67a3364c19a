import { test } from '@japa/runner'
import { killed } from '../e2e/killed.ts'
import { severalKillRounds } from '../e2e/several_kill_rounds.ts'

const seed = Number(process.env.SEED ?? Date.now() % 100_000)

test.group(`300 rounds, seed ${seed}`, () => {
  test('kill -9 of the one process', async (at) => {
    await killed(at, { mails: 4000, kills: 300, seed })
  })

  test('blows at several processes, Redis and PostgreSQL', async ({ assert }) => {
    await severalKillRounds(assert, { rounds: 300, mails: 3000, seed })
  })
})
