import { test } from '@japa/runner'
import { random32 } from '../../app/randomness.ts'

test.group('Random bytes', () => {
  test('are never the same, nor shared, however often they are asked for', ({ assert }) => {
    const drawn = Array.from({ length: 1000 }, random32)
    assert.isTrue(drawn.every(({ length, buffer }) => length === 32 && buffer.byteLength === 32))
    assert.equal(new Set(drawn.map((bytes) => Buffer.from(bytes).toString('hex'))).size, 1000)
    // Each bit is set in half of them; the bounds are nine standard deviations away.
    for (let bit = 0; bit < 256; bit++) {
      const ones = drawn.filter((bytes) => (bytes[bit >> 3]! >> (bit & 7)) & 1).length
      assert.isAbove(ones, 350)
      assert.isBelow(ones, 650)
    }
  })
})
