import { Readable } from 'node:stream'
import type { HttpContext } from '@adonisjs/core/http'
import { telemetry } from '#telemetry'
import { attachmentHeader } from './attachment_header.ts'
import { byteRange, type ByteRange } from './byte_range.ts'

/** Content to be saved by a browser, whole or in ranges. */
export interface SentFile {
  name: string
  /** MIME type. */
  type: string
  /** Bytes. */
  size: number
  /** Strong entity tag, quoted. */
  etag: string
  read(range: ByteRange): AsyncIterable<Uint8Array>
  /** Called before content is sent; not for HEAD. */
  begin?(): Promise<void>
  /** Called once the response is over: what was handed to the connection, and whether it ended in order. */
  record?(start: number, end: number, ended: boolean): Promise<void>
}

const MIME_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/i

/** Headers that speak of the content: they go when it cannot be read. */
const CONTENT_HEADERS = [
  'Content-Length',
  'Content-Range',
  'Content-Disposition',
  'ETag',
  'Accept-Ranges',
]

/**
 * Answers GET, HEAD, or a form that was sent, with a file as an attachment: 200, 206 or 416, resumable by Range and If-Range.
 *
 * Whatever the file is, it is saved and not shown: the type is not guessed, and were it opened as a page all the
 * same, the sandbox would let it neither run nor load anything.
 */
export async function sendFile({ request, response }: HttpContext, file: SentFile): Promise<void> {
  response.header('Accept-Ranges', 'bytes')
  response.header('ETag', file.etag)
  response.header('Cache-Control', 'private, no-store')
  response.header('X-Content-Type-Options', 'nosniff')
  response.header('Content-Security-Policy', "default-src 'none'; sandbox")
  // The header set on the raw response by the page's own policy would win otherwise.
  response.response.removeHeader('Content-Security-Policy')

  // Ranges are defined for GET only (RFC 9110 section 14.2); a form that is sent gets all of it.
  const range =
    request.method() === 'GET'
      ? byteRange(request.header('range'), request.header('if-range'), file.size, file.etag)
      : undefined
  if (range === 'unsatisfiable') {
    response.header('Content-Range', `bytes */${file.size}`)
    return response.status(416).send('')
  }
  const { start, end } = range ?? { start: 0, end: file.size }
  if (range) {
    response.status(206)
    response.header('Content-Range', `bytes ${start}-${end - 1}/${file.size}`)
  }
  response.header(
    'Content-Type',
    MIME_TYPE.test(file.type) ? file.type : 'application/octet-stream'
  )
  response.header('Content-Length', end - start)
  response.header('Content-Disposition', attachmentHeader(file.name))
  if (request.method() === 'HEAD') {
    response.relayHeaders()
    response.response.end()
    return
  }

  await file.begin?.()
  let at = start
  async function* counted() {
    for await (const chunk of file.read({ start, end })) {
      at += chunk.length
      yield chunk
    }
  }
  const raw = response.response
  raw.once('close', () => {
    file
      .record?.(start, at, raw.writableFinished && at === end)
      .catch((error: unknown) => telemetry.failed({ what: 'record a download', error }))
  })
  response.stream(Readable.from(counted(), { objectMode: false }), (error) => {
    telemetry.failed({ what: 'read a file to be sent', error })
    for (const name of CONTENT_HEADERS) {
      response.removeHeader(name)
      raw.removeHeader(name)
    }
    return ['The file cannot be read at the moment.', 500]
  })
}
