/** What a parser would do that was taken over: looks around. */
import { readFile, writeFile } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { answerQuestions } from '../../mail-gateway/reading_process.ts'

const attempt = async (what: () => unknown) => {
  try {
    await what()
    return 'done'
  } catch (error) {
    return (error as { code: string }).code
  }
}

answerQuestions(async ({ secret, place }: { secret: string; place: string }) => ({
  reads: await attempt(() => readFile(secret)),
  writes: await attempt(() => writeFile(place, 'x')),
  starts: await attempt(() => spawnSync('true')),
  environment: Object.keys(process.env).filter((name) => !name.startsWith('NODE_CHANNEL')),
}))
