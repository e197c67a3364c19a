import { test } from '@japa/runner'
import fc from 'fast-check'
import { buffer } from 'node:stream/consumers'
import { tnefFiles } from '../../../mail-gateway/contents/tnef_files.ts'
import { tnef } from './tnef_writer.ts'

const content = Buffer.from('%PDF-1.7 Jahresabschluss', 'latin1')
const stream = tnef({
  messageClass: 'IPM.Microsoft Mail.Note',
  body: 'Guten Tag',
  files: [
    { name: 'JAHRES~1.PDF', longName: 'Jahresabschluß 2025 – Entwurf.pdf', content },
    { name: 'l\u00e9er.txt', content: Buffer.alloc(0) },
    { name: 'gross.bin', content: Buffer.alloc(300_000, 7) },
  ],
})

async function* cut(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const read = (bytes: Buffer, size = 1000) => tnefFiles(cut(bytes, size), buffer)

test.group('Files in winmail.dat', () => {
  test('come with name and content, wherever chunks are cut', async ({ assert }) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5000 }), async (size) => {
        const files = await read(stream, size)
        assert.deepEqual(
          files?.map(({ name, kept }) => [name, kept.length]),
          [
            ['Jahresabschluß 2025 – Entwurf.pdf', content.length],
            ['l\u00e9er.txt', 0],
            ['gross.bin', 300_000],
          ]
        )
        assert.deepEqual(files![0]!.kept, content)
      }),
      { numRuns: 30 }
    )
  })

  test('of a stream that is cut short, or is none, are none', async ({ assert }) => {
    for (const length of [0, 5, 6 + 4, stream.length - 1, stream.length - 150_000]) {
      assert.isNull(await read(stream.subarray(0, length)), String(length))
    }
    assert.isNull(await read(Buffer.from('no winmail.dat at all')))
    assert.deepEqual(await read(tnef({ body: 'x' })), [])
  })

  test('whatever bytes are changed, nothing but files or nothing comes', async ({ assert }) => {
    const small = tnef({ files: [{ name: 'a.pdf', longName: 'ä.pdf', content }] })
    const change = fc.tuple(fc.nat({ max: small.length - 1 }), fc.nat({ max: 255 }))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 8 }), async (changes) => {
        const bytes = Buffer.from(small)
        for (const [at, value] of changes) bytes[at] = value
        const files = await read(bytes)
        for (const { kept } of files ?? []) assert.isAtMost(kept.length, small.length)
      }),
      { numRuns: 500 }
    )
  })
})
