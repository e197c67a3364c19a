import { MailParser } from 'mailparser'
import { pipeline } from 'node:stream/promises'
import type { Archive } from './main.ts'
import type { Message } from './message.ts'
import type { Part } from './part.ts'

/** Text of a mail for reading on a page. `html` is as the sender wrote it: show it in a sandbox only. */
export interface DisplayedBody {
  text: string | null
  html: string | null
  /** There was more than is shown. */
  cut: boolean
}

/** Bytes of a text part that a page shows; a longer one is cut, the original has it all. */
const LONGEST_BODY = 1024 * 1024

function isBody(part: Part, type: string): boolean {
  return part.type === type && part.action === 'keep' && part.disposition !== 'attachment'
}

/**
 * Decodes one text part: transfer encoding, charset and format=flowed are the parser's work. Only the part's own
 * header and body are fed to it, so that a mail of any size costs what its text costs.
 */
async function decode(archive: Archive, message: Message, part: Part) {
  const end = Math.min(part.end, part.bodyStart + LONGEST_BODY)
  const parser = new MailParser({
    skipImageLinks: true,
    skipTextToHtml: true,
    // It would take seconds in the main thread, for a text that no page shows.
    skipHtmlToText: true,
  })
  let text: string | null = null
  let html: string | null = null
  parser.on(
    'data',
    (data: { type: string; text?: string; html?: string | false; release?(): void }) => {
      if (data.type === 'text') {
        text = data.text ?? null
        html = data.html || null
      } else {
        data.release?.()
      }
    }
  )
  try {
    await pipeline(archive.original(message, { start: part.start, end }), parser)
  } catch (error) {
    // A header of many lines: the parser counts each for more than it is long.
    if ((error as { code?: string }).code !== 'EMAXLEN') throw error
    return { text: null, html: null, cut: true }
  }
  return { text: text as string | null, html: html as string | null, cut: end < part.bodyEnd }
}

/** The first text and the first HTML body of a message. */
export async function bodyOf(archive: Archive, message: Message): Promise<DisplayedBody> {
  const parts = await archive.parts(message.number)
  const plain = parts.find((part) => isBody(part, 'text/plain'))
  const rich = parts.find((part) => isBody(part, 'text/html'))
  const text = plain ? await decode(archive, message, plain) : null
  const html = rich ? await decode(archive, message, rich) : null
  return {
    text: text?.text ?? null,
    html: html?.html ?? null,
    cut: Boolean(text?.cut || html?.cut),
  }
}
