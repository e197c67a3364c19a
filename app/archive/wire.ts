const CR = 0x0d
const LF = 0x0a
const CRLF = Buffer.from('\r\n')
const LONE_LF = Buffer.from('\n')

/**
 * Makes bytes fit for the wire: every CR, LF or CRLF leaves as CRLF, and a last line without an end gets one, since SMTP has
 * no other (RFC 5321 section 2.3.8). All else passes as it came. Where chunks are cut makes no difference.
 *
 * A generator and no stream: each mail passes several times, and most are one chunk.
 */
export async function* wire(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, void> {
  // The last byte was a CR that is out already; whether it was bare, the next byte tells.
  let afterCr = false
  let last: number | undefined
  for await (const bytes of source) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    // Nearly all is fit already, which is found out several times as fast as the loop below mends what is not.
    if (!afterCr && isFit(chunk)) {
      last = chunk.at(-1) ?? last
      yield chunk
      continue
    }
    // Each byte becomes two at most. Pieces of the chunk, joined, would be an object for each line end.
    const fit = Buffer.allocUnsafe(2 * chunk.length)
    let size = 0
    for (const byte of chunk) {
      if (afterCr ? byte !== LF : byte === LF) fit[size++] = afterCr ? LF : CR
      fit[size++] = byte
      afterCr = byte === CR
    }
    last = chunk.at(-1) ?? last
    yield fit.subarray(0, size)
  }
  if (afterCr) yield LONE_LF
  else if (last !== undefined && last !== LF) yield CRLF
}

/** Whether all line ends are CRLF, each of them whole. */
function isFit(chunk: Buffer): boolean {
  for (let line = 0; ;) {
    const [cr, lf] = [chunk.indexOf(CR, line), chunk.indexOf(LF, line)]
    if (cr === -1 && lf === -1) return true
    if (cr === -1 || lf !== cr + 1) return false
    line = lf + 1
  }
}
