import type { IncomingMessage } from 'node:http'
import { formRefused, FormText } from './form_text.ts'

/** Parts that a form may have: each costs something, however small it is. */
const MOST_PARTS = 1000

/** A file of a form, or a field, which has no file name. */
export interface FormPart {
  filename: string | undefined
  /** As the form says it; empty where it says none. */
  type: string
  /** To be read before the next part is asked for; what is not read by then is passed over. */
  bytes: AsyncIterable<Buffer>
}

/**
 * The parts of a form of the type `multipart/form-data` (RFC 7578, RFC 2046 section 5.1) as they come. Nothing is in memory but a
 * chunk and the header of one part.
 *
 * @throws Exception with status 400: `E_FORM`, `E_FORM_HEADER`, `E_FORM_PARTS`, `E_REQUEST_ABORTED`
 */
export async function* formParts(request: IncomingMessage): AsyncGenerator<FormPart> {
  const text = new FormText(request)
  const delimiter = `\r\n--${boundaryOf(request.headers['content-type'] ?? '')}`
  await text.before(delimiter)
  for (let count = 1; (await text.next()) !== '--'; count++) {
    if (count > MOST_PARTS) throw formRefused('E_FORM_PARTS', `More than ${MOST_PARTS} parts`)
    const facts = factsOf(await text.before('\r\n\r\n'))
    let passed = false
    async function* bytes() {
      yield* text.bytesBefore(delimiter)
      passed = true
    }
    yield { ...facts, bytes: bytes() }
    if (!passed) await text.pass(delimiter)
  }
  await text.end()
}

function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType) ?? []
  const boundary = quoted ?? plain
  if (!boundary || boundary.length > 200) throw formRefused('E_FORM', 'The form has no boundary')
  return boundary
}

/** @param header with the end of the delimiter's line before it */
function factsOf(header: string) {
  if (!/^[ \t]*(?:\r\n|$)/.test(header))
    throw formRefused('E_FORM', 'A delimiter has more behind it')
  const fields = new Map<string, string>()
  for (const line of header.split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    if (colon < 1) throw formRefused('E_FORM', 'A line of a header is no field')
    fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  // Nobody sends one (RFC 7578, section 4.7), and what it hides would be kept as it is.
  if (!/^(?:7bit|8bit|binary)?$/i.test(fields.get('content-transfer-encoding') ?? '')) {
    throw formRefused('E_FORM', 'A part has a transfer encoding')
  }
  return {
    filename: filenameOf(fields.get('content-disposition') ?? ''),
    type: fields.get('content-type') ?? '',
  }
}

function filenameOf(disposition: string): string | undefined {
  const [, quoted, plain] = /;\s*filename=(?:"((?:\\"|[^"])*)"|([^\s;"]+))/i.exec(disposition) ?? []
  const name = quoted ?? plain
  if (name !== undefined) return name.replace(/%22|\\"/g, '"')
  // Against RFC 7578, but some programs do.
  const [, encoded] = /;\s*filename\*=utf-8''([^\s;]*)/i.exec(disposition) ?? []
  return encoded === undefined ? undefined : decoded(encoded)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
