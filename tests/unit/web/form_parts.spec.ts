import { test } from '@japa/runner'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { formParts } from '../../../app/http/form_parts.ts'

const FORM =
  'before it\r\n--a b\r\nContent-Disposition: form-data; name="x"; filename="1"\r\n\r\n' +
  'one\r\n--a c\r\n\r\n\r\n--a b \r\n\r\n\r\n--a b\r\n' +
  'content-disposition:form-data;filename="\\"3\\""\r\nContent-Type: text/csv\r\n\r\nthree\r\n--a b--\r\nafter it'

/** A request that brings a form in pieces. */
function sent(form: string, piece: number): IncomingMessage {
  const pieces = Array.from({ length: Math.ceil(form.length / piece) }, (_, index) =>
    Buffer.from(form.slice(index * piece, (index + 1) * piece))
  )
  const headers = { 'content-type': 'multipart/form-data; charset=utf-8; boundary="a b"' }
  return Object.assign(Readable.from(pieces), { headers }) as unknown as IncomingMessage
}

/** @param chunks how many of each part are read */
async function read(request: IncomingMessage, chunks = Infinity) {
  const parts = []
  for await (const { filename, type, bytes } of formParts(request)) {
    let content = ''
    let count = 0
    if (chunks > 0) {
      for await (const chunk of bytes) {
        content += chunk.toString()
        if (++count >= chunks) break
      }
    }
    parts.push({ filename, type, content })
  }
  return parts
}

test.group('parts of a form', () => {
  test('are the same in whatever pieces they come', async ({ assert }) => {
    for (let piece = 1; piece <= FORM.length; piece++) {
      assert.deepEqual(
        await read(sent(FORM, piece)),
        [
          { filename: '1', type: '', content: 'one\r\n--a c\r\n\r\n' },
          { filename: undefined, type: '', content: '' },
          { filename: '"3"', type: 'text/csv', content: 'three' },
        ],
        `pieces of ${piece}`
      )
    }
  })

  test('that are read in part or not at all do not spoil the next: {$self} chunks')
    .with([0, 1, 2])
    .run(async ({ assert }, chunks) => {
      for (let piece = 1; piece <= FORM.length; piece++) {
        const parts = await read(sent(FORM, piece), chunks)
        assert.deepEqual(
          parts.map(({ filename }) => filename),
          ['1', undefined, '"3"'],
          `pieces of ${piece}`
        )
      }
    })

  test('with a header that has no end are refused once 16 KB of it came', async ({ assert }) => {
    let asked = 0
    const endless = Readable.from(
      (function* () {
        yield Buffer.from('--b\r\nX: ')
        for (;;) {
          asked++
          yield Buffer.alloc(1024, 'a')
        }
      })(),
      { objectMode: true, highWaterMark: 1 }
    )
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    const request = Object.assign(endless, { headers }) as unknown as IncomingMessage
    await assert.rejects(() => read(request), /more than 16384 bytes/)
    assert.isBelow(asked, 20)
  })

  test('need a boundary: {$self}')
    .with(['', 'multipart/form-data', 'multipart/form-data; boundary=""'])
    .run(async ({ assert }, type) => {
      const headers = { 'content-type': type }
      const request = Object.assign(Readable.from([]), { headers }) as unknown as IncomingMessage
      await assert.rejects(() => read(request), /no boundary/)
    })
})
