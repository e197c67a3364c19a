import PostalMime from 'postal-mime'
import { fingerprint } from './fingerprint.ts'
import type { Reading } from './reading.ts'

/** What we look at of a part of theirs. */
interface Node {
  contentType: { parsed: { value: string } }
  contentDisposition: { parsed: { value: string } }
}

const texts = new Set(['text/plain', 'text/html'])

/**
 * The parts that postal-mime finds. An attached message is one part, as in our plan.
 *
 * @throws Error what postal-mime cannot read
 */
export async function readWithPostalMime(bytes: Uint8Array<ArrayBuffer>): Promise<Reading> {
  const found: Reading = []
  const parser = new PostalMime({ forceRfc822Attachments: true })
  // Each part is taken as the bytes that it is, before texts and calendars are made into other ones.
  Object.assign(parser, {
    isInlineTextNode: () => false,
    collectAttachment({ contentType, contentDisposition }: Node, content: ArrayBuffer) {
      const shown =
        texts.has(contentType.parsed.value) && contentDisposition.parsed.value !== 'attachment'
      found.push({ print: fingerprint(new Uint8Array(content)), file: !shown })
    },
  })
  await parser.parse(bytes)
  return found
}
