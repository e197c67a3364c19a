import { test } from '@japa/runner'
import { mimeLimits } from '../../../mail-gateway/limits.ts'
import { scanMime } from '../../../mail-gateway/mime/scanner.ts'
import { scan } from './support.ts'

/** A message of one megabyte pieces, so that it never stands in memory. */
async function* repeated(head: string, piece: string, megabytes: number, tail = '') {
  yield Buffer.from(head)
  const block = Buffer.from(piece.repeat(Math.ceil(1e6 / piece.length)))
  for (let n = 0; n < megabytes; n++) yield block
  yield Buffer.from(tail)
}

const mixed = 'Content-Type: multipart/mixed; boundary=b1\r\n\r\n'

test.group('MIME scanner, limits', () => {
  test('a line of 100 MB of {$self} is one body, in bounded memory')
    .with(['x', '-', '--b', '\r--b1'])
    .run(async ({ assert }, piece) => {
      const before = process.memoryUsage().arrayBuffers
      let peak = 0
      const watched = async function* () {
        for await (const chunk of repeated(`${mixed}--b1\r\n\r\n`, piece, 100, '\r\n--b1--\r\n')) {
          peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)
          yield chunk
        }
      }
      const { parts, size } = await scanMime(watched())
      assert.lengthOf(parts, 2)
      assert.equal(parts[1]!.end, size - '--b1--\r\n'.length)
      assert.isBelow(peak, 20e6)
    })
    .timeout(60_000)

  test('a header block without end is opaque and not kept', async ({ assert }) => {
    for (const [piece, end] of [
      ['x', '\r\n'],
      ['X-Field: y\r\n', ''],
      ['a:\n', ''],
    ] as const) {
      const { root, irregular, parts } = await scanMime(
        repeated('Subject: x\r\n', piece, 20, `${end}\r\nbody`)
      )
      assert.include(irregular, 'headers_over_limit')
      assert.lengthOf(parts, 1)
      assert.equal(root.type, 'application/octet-stream')
      assert.equal(root.headers[0]!.name, 'subject')
      assert.isAtMost(root.headers.length, mimeLimits.headerFields)
      assert.equal(root.bodyEnd - root.bodyStart, 'body'.length)
    }
  })

  test('an over-long header leaves the other parts alone', async ({ assert }) => {
    const long = `X-Long: ${'x'.repeat(mimeLimits.headerSize)}\r\n`
    const message = `${mixed}--b1\r\n${long}\r\none\r\n--b1\r\nContent-Type: text/html\r\n\r\ntwo\r\n--b1--\r\n`
    const { parts } = await scan(Buffer.from(message))
    assert.deepEqual(
      parts.map(({ path, type, irregular }) => [path, type, irregular]),
      [
        ['', 'multipart/mixed', []],
        ['1', 'application/octet-stream', ['headers_over_limit']],
        ['2', 'text/html', []],
      ]
    )
  })

  test('1,000 nested multiparts stop at the depth limit', async ({ assert }) => {
    const pieces = Array.from(
      { length: 1000 },
      (_, n) => `Content-Type: multipart/mixed; boundary=b${n}x\r\n\r\n--b${n}x\r\n`
    )
    const { parts, irregular } = await scan(Buffer.from(pieces.join('')))
    assert.lengthOf(parts, mimeLimits.depth)
    assert.include(irregular, 'too_deep')
    assert.isNull(parts.at(-1)!.boundary)
  })

  test('1,000 nested messages stop at the depth limit', async ({ assert }) => {
    const { parts, irregular } = await scan(
      Buffer.from('Content-Type: message/rfc822\r\n\r\n'.repeat(1000))
    )
    assert.lengthOf(parts, mimeLimits.depth)
    assert.include(irregular, 'too_deep')
  })

  test('behind the last part that counts all is opaque', async ({ assert }) => {
    const message = Buffer.from(`${mixed}${'--b1\r\n\r\nx\r\n'.repeat(20)}--b1--\r\n`)
    async function* source() {
      yield message
    }
    const { parts, root, irregular } = await scanMime(source(), { parts: 5 })
    assert.lengthOf(parts, 5)
    assert.deepEqual(irregular, ['too_many_parts'])
    assert.equal(root.end, message.length)
    assert.equal(message.toString('latin1', parts[4]!.bodyStart, parts[4]!.bodyEnd), 'x')
  })

  test('an error of the source is passed on', async ({ assert }) => {
    async function* broken() {
      yield Buffer.from('Subject: x\r\n')
      throw new Error('disk')
    }
    await assert.rejects(() => scanMime(broken()), 'disk')
  })
})
