import { decodeBody } from '../mime/codecs.ts'
import { Fingerprint } from './fingerprint.ts'
import type { Leaf } from './reading.ts'

/** One of our parts and the fingerprint of its content. */
export interface OurPart {
  leaf: Leaf
  print: string
}

/** The content of our leaves. */
export async function readOurselves(bytes: Uint8Array, leaves: Leaf[]): Promise<OurPart[]> {
  const found: OurPart[] = []
  for (const leaf of leaves) {
    const print = new Fingerprint()
    for await (const chunk of content(bytes, leaf)) print.update(chunk)
    found.push({ leaf, print: print.digest() })
  }
  return found
}

function content(bytes: Uint8Array, { bodyStart, bodyEnd, encoding }: Leaf) {
  async function* body() {
    yield bytes.subarray(bodyStart, bodyEnd)
  }
  return decodeBody(body(), encoding)
}
