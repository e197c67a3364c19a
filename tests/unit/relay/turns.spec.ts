import { test } from '@japa/runner'
import { setTimeout as pause } from 'node:timers/promises'
import { Turns } from '../../../mail-gateway/turns.ts'

test.group('Turns', () => {
  test('so many at a time, in their order, and one that fails gives its place away', async ({
    assert,
  }) => {
    const turns = new Turns(2)
    const begun: number[] = []
    let running = 0
    let most = 0
    const work = (nth: number) => async () => {
      begun.push(nth)
      most = Math.max(most, ++running)
      await pause(nth % 3)
      running--
      if (nth === 1) throw new Error('no')
      return nth
    }
    const results = await Promise.allSettled(
      Array.from({ length: 9 }, (_, nth) => turns.take(work(nth)))
    )
    assert.equal(most, 2)
    assert.deepEqual(begun, [0, 1, 2, 3, 4, 5, 6, 7, 8])
    assert.deepEqual(
      results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason)),
      [0, new Error('no'), 2, 3, 4, 5, 6, 7, 8]
    )
    assert.equal(await turns.take(work(9)), 9)
  })
})
