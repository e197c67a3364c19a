/** Bytes `start` to `end` (exclusive). */
export interface ByteRange {
  start: number
  end: number
}

/**
 * What a GET with a Range header is answered with (RFC 9110 section 14.2).
 *
 * Several ranges at once, other units and what is malformed are answered with the whole, which a server may
 * always do; so is an If-Range that does not name this very content.
 *
 * @param size of the whole, in bytes
 * @param etag strong entity tag of the whole, quoted
 * @returns nothing for the whole (200); `unsatisfiable` for 416
 */
export function byteRange(
  header: string | undefined,
  ifRange: string | undefined,
  size: number,
  etag: string
): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(header?.replace(/\s/g, '') ?? '')
  if (!match || (ifRange !== undefined && ifRange.trim() !== etag)) return undefined
  const [first, last] = [match[1]!, match[2]!]
  if (first === '') {
    if (last === '') return undefined
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size }
  }
  const start = Number(first)
  const end = last === '' ? size : Math.min(Number(last) + 1, size)
  if (last !== '' && Number(last) < start) return undefined
  return start >= size ? 'unsatisfiable' : { start, end }
}
