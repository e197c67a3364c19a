import { test } from '@japa/runner'
import { severalKillRounds } from './several_kill_rounds.ts'

test('web, gateways, workers, Redis and PostgreSQL struck at random moments: nothing is lost', async ({
  assert,
}) => {
  const seed = Number(process.env.SEED ?? 4711)
  await severalKillRounds(assert, { rounds: 10, mails: 60, seed })
}).timeout(290_000)
