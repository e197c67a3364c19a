import { test } from '@japa/runner'
import fc from 'fast-check'
import { DataReader } from '../../../mail-gateway/smtp/data_reader.ts'

/** The rule of RFC 5321 section 4.5.2 in its plainest form, over the whole wire at once. */
function unstuffed(wire: string): { content: string; rest: string } {
  const end = `\r\n${wire}`.indexOf('\r\n.\r\n')
  if (end === -1) {
    throw new Error('no end of data')
  }
  const content = `\r\n${wire}`
    .slice(0, end + 2)
    .split('\r\n')
    .slice(1)
    .map((line) => (line.startsWith('.') ? line.slice(1) : line))
    .join('\r\n')
  return { content, rest: wire.slice(end + 3) }
}

/** What is withheld before the end is known counts as not read yet. */
function readIn(pieces: string[]): { content: string; rest: string | null } {
  const reader = new DataReader()
  let content = ''
  for (const [index, piece] of pieces.entries()) {
    const read = reader.read(Buffer.from(piece, 'latin1'))
    content += read.content.toString('latin1')
    if (read.ended) {
      return { content, rest: read.rest.toString('latin1') + pieces.slice(index + 1).join('') }
    }
  }
  return { content, rest: null }
}

function cut(text: string, at: number[]): string[] {
  const places = [...new Set(at.map((n) => n % (text.length + 1)))].sort((a, b) => a - b)
  return [0, ...places].map((from, index) => text.slice(from, places[index] ?? text.length))
}

const tricky = fc
  .array(fc.constantFrom('\r\n', '\r', '\n', '.', '..', 'a', '\0', '\xff', '\r\n.', '.\r\n'), {
    maxLength: 40,
  })
  .map((pieces) => pieces.join(''))

test.group('Data reader', () => {
  test('archives the wire after dot-unstuffing, wherever chunks are cut', ({ assert }) => {
    fc.assert(
      fc.property(tricky, fc.array(fc.nat(), { maxLength: 60 }), (text, places) => {
        const wire = `${text}\r\n.\r\nQUIT\r\n`
        assert.deepEqual(readIn(cut(wire, places)), unstuffed(wire))
      }),
      { numRuns: 3000 }
    )
  })

  test('gives back what a client stuffed', ({ assert }) => {
    fc.assert(
      fc.property(tricky, fc.array(fc.nat(), { maxLength: 60 }), (text, places) => {
        const message = `${text}\r\n`
        const stuffed = `\r\n${message}`.replaceAll('\r\n.', '\r\n..').slice(2)
        assert.deepEqual(readIn(cut(`${stuffed}.\r\n`, places)), { content: message, rest: '' })
      }),
      { numRuns: 1000 }
    )
  })

  test('ends at nothing but CRLF.CRLF: {name}')
    .with(
      [
        '\n.\n',
        '\n.\r\n',
        '\r\n.\n',
        '\r.\r',
        '\r.\r\n',
        '\r\n.\r',
        '\r\n.\rX',
        '\r.\n',
        '\n.\r',
        '\n\n.\r\n',
        '\r\r\n.\r\r\n',
        '\n\r.\r\n',
        '\r\n.\0\r\n',
        '\r\n\0.\r\n',
        '\r\n. \r\n',
        '\r\n..\r\n',
        '\r\n.\x85\r\n',
        '\0\r\n.\r\0\n',
      ].map((trick) => ({ name: JSON.stringify(trick), trick }))
    )
    .run(({ assert }, { trick }) => {
      const wire = `a${trick}MAIL FROM:<x@y>`
      for (const pieces of [[wire], [...wire], cut(wire, [2]), cut(wire, [3]), cut(wire, [4])]) {
        assert.isNull(readIn(pieces).rest)
      }
    })

  test('an empty message, and a message that begins with a dot', ({ assert }) => {
    assert.deepEqual(readIn(['.\r\n']), { content: '', rest: '' })
    assert.deepEqual(readIn(['.', '\r', '\n', 'QUIT']), { content: '', rest: 'QUIT' })
    assert.deepEqual(readIn(['..', '\r\n', '.\r\n']), { content: '.\r\n', rest: '' })
  })
})
