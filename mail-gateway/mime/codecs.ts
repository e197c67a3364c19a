import { Base64Decoder } from './base64.ts'
import type { Irregularity } from './irregularities.ts'
import { QuotedPrintableDecoder } from './quoted_printable.ts'

export { encodeBase64 } from './base64.ts'
export { encodeQuotedPrintable } from './quoted_printable.ts'

/**
 * The content of a body. An unknown transfer encoding leaves the bytes as they are. Rubbish never throws: it is decoded as far
 * as it makes sense and told to `irregular`, once per reason.
 */
export function decodeBody(
  source: AsyncIterable<Uint8Array>,
  transferEncoding: string,
  irregular: (reason: Irregularity) => void = () => {}
): AsyncIterable<Buffer> {
  const told = new Set<Irregularity>()
  const decoder = decoderOf(transferEncoding, (reason) => {
    if (told.has(reason)) return
    told.add(reason)
    irregular(reason)
  })
  return contentOf(source, decoder)
}

/**
 * As `decodeBody`, for who keeps nothing of a piece: it is the reader's until he asks for the next one, which may lie in the same memory.
 * The source may lend its pieces as well.
 */
export function lendBody(
  source: AsyncIterable<Uint8Array>,
  transferEncoding: string
): AsyncIterable<Buffer> {
  const decoder = decoderOf(transferEncoding, () => {}, { lends: true })
  return contentOf(source, decoder)
}

async function* contentOf(
  source: AsyncIterable<Uint8Array>,
  decoder: Decoder
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    const decoded = decoder.write(chunk)
    if (decoded.length > 0) yield decoded
  }
  const rest = decoder.end()
  if (rest.length > 0) yield rest
}

/** Takes bytes in chunks, cut anywhere; gives the content they complete. */
export interface Decoder {
  write(chunk: Uint8Array): Buffer
  /** As `write`, for what is irregular in it and nothing else. */
  check(chunk: Uint8Array): void
  end(): Buffer
}

const asItIs: Decoder = {
  write: (chunk) => Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength),
  check: () => {},
  end: () => Buffer.alloc(0),
}

export function decoderOf(
  transferEncoding: string,
  irregular: (reason: Irregularity) => void,
  options: { lends?: boolean } = {}
): Decoder {
  if (transferEncoding === 'base64') return new Base64Decoder(irregular, options)
  if (transferEncoding === 'quoted-printable') return new QuotedPrintableDecoder(irregular)
  return asItIs
}
