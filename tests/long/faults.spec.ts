import { test } from '@japa/runner'
import { brokenLife, inTurns, writesOfLife } from '../integration/faults/broken_life.ts'
import { startClamd, type ClamdServer } from '../servers/clamd.ts'

test.group('Broken twice: every write in the life of a mail', (group) => {
  let clamd: ClamdServer
  group.setup(async () => {
    clamd = await startClamd()
    return () => clamd.stop()
  })

  for (const lasting of [false, true]) {
    for (const when of ['before', 'after'] as const) {
      test(`fails ${when} it took place${lasting ? ', and all behind it' : ''}`, async ({
        assert,
      }) => {
        const writes = await writesOfLife(clamd.url)
        const numbers = writes.map((_, position) => position + 1)
        await inTurns(numbers, (nth) => brokenLife(clamd.url, { nth, when, lasting }, assert))
      })
    }
  }
})
