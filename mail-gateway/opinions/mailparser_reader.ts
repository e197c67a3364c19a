import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { MailParser } from 'mailparser'
import { Fingerprint } from './fingerprint.ts'
import type { Reading } from './reading.ts'

const pieceSize = 65_536

function* pieces(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; at += pieceSize) yield bytes.subarray(at, at + pieceSize)
}

const texts = new Set(['text/plain', 'text/html'])

/**
 * The parts that mailparser finds. An attached message is one part, as in our plan.
 *
 * @throws Error what mailparser cannot read
 */
export async function readWithMailparser(bytes: Uint8Array): Promise<Reading> {
  const parser = new MailParser({ ignoreEmbedded: true, checksumAlgo: false })
  // No type is text to it: so it gives texts, too, as the bytes that they are, before charset and flowed lines.
  Object.assign(parser, { textTypes: [] })
  const found: Reading = []
  const contents: Promise<void>[] = []
  parser.on('data', (data) => {
    if (data.type !== 'attachment') return
    const disposition = data.contentDisposition
    const shown = texts.has(data.contentType) && (!disposition || disposition === 'inline')
    const part = { print: '', file: !shown }
    found.push(part)
    contents.push(
      (async () => {
        const print = new Fingerprint()
        for await (const chunk of data.content) print.update(chunk as Buffer)
        part.print = print.digest()
        data.release?.()
      })()
    )
  })
  await pipeline(Readable.from(pieces(bytes)), parser)
  await Promise.all(contents)
  return found
}
