import { test } from '@japa/runner'
import fc from 'fast-check'
import { BareNewlines } from '../../../mail-gateway/smtp/bare_newlines.ts'
import { LoopGuard } from '../../../mail-gateway/smtp/loop_guard.ts'

function passes(guard: { see(chunk: Buffer): void }, text: string, size = text.length || 1) {
  for (let at = 0; at < text.length; at += size) {
    guard.see(Buffer.from(text.slice(at, at + size), 'latin1'))
  }
}

const guard = () => new LoopGuard({ maxReceived: 30, isOurs: (id) => id === 'ours' })

test.group('Loop guard', () => {
  test('30 Received fields pass, 31 are a loop, wherever chunks are cut', ({ assert }) => {
    const message = (count: number) =>
      `${'Received: from x\r\n by y\r\n'.repeat(count)}A: b\r\n\r\n`
    for (const size of [1, 2, 7, 24, 10_000]) {
      assert.doesNotThrow(() => passes(guard(), message(30), size))
      assert.throws(() => passes(guard(), message(31), size), /more than 30 Received/)
    }
  })

  test('bare newlines do not hide a loop, nor does a space before the colon', ({ assert }) => {
    assert.throws(() => passes(guard(), 'Received: x\n'.repeat(31)), /more than 30/)
    assert.throws(() => passes(guard(), 'RECEIVED : x\r\n'.repeat(31)), /more than 30/)
  })

  test('only the header block counts', ({ assert }) => {
    for (const separator of ['\r\n', '\n', 'no field\r\n', `${'x'.repeat(5000)}\r\n`]) {
      assert.doesNotThrow(() =>
        passes(guard(), `A: b\r\n${separator}${'Received: x\r\n'.repeat(40)}`)
      )
    }
    assert.doesNotThrow(() => passes(guard(), 'Received-SPF: pass\r\n'.repeat(40)))
    assert.doesNotThrow(() => passes(guard(), `A: b\r\n${' Received: x\r\n'.repeat(40)}\r\n`))
  })

  test('our own mail is known by a mark that is genuine', ({ assert }) => {
    assert.throws(() => passes(guard(), 'A: b\r\nX-Webtresor-ID:  ours \r\n', 3), /came back/)
    assert.doesNotThrow(() => passes(guard(), 'X-Webtresor-Id: other\r\nX-Webtresor-Id: ours2\r\n'))
    assert.doesNotThrow(() => passes(guard(), 'A: b\r\n\r\nX-Webtresor-Id: ours\r\n'))
  })

  test('a line of any length costs no memory', ({ assert }) => {
    const watched = guard()
    const block = Buffer.alloc(1024 * 1024, 'x')
    watched.see(Buffer.from('A: '))
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 100; i++) {
      watched.see(block)
    }
    assert.isBelow(process.memoryUsage().arrayBuffers - before, 10 * 1024 * 1024)
    assert.throws(() => passes(watched, `\r\n${'Received: x\r\n'.repeat(31)}`), /more than 30/)
  })
})

test.group('Bare newlines', () => {
  test('are found exactly where CR or LF stands alone, wherever chunks are cut', ({ assert }) => {
    const text = fc
      .array(fc.constantFrom('\r\n', '\r\n', '\r\n', 'a', '.', '\r', '\n'), { maxLength: 12 })
      .map((pieces) => `${pieces.join('')}\r\n`)
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 5 }), (message, size) => {
        const bare = /\r(?!\n)|(?<!\r)\n/.test(message)
        const see = () => passes(new BareNewlines(), message, size)
        if (bare) {
          assert.throws(see, /bare (CR|LF)/)
        } else {
          assert.doesNotThrow(see)
        }
      }),
      { numRuns: 2000 }
    )
  })
})
