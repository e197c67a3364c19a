import { Transform, type TransformCallback } from 'node:stream'

const CR = 0x0d
const LF = 0x0a
const CRLF = Buffer.from('\r\n')
const LONE_LF = Buffer.from('\n')

/**
 * Makes bytes fit for the wire: every CR, LF or CRLF leaves as CRLF, and a last line without an end gets one, since SMTP has
 * no other (RFC 5321 section 2.3.8). All else passes as it came. Where chunks are cut makes no difference.
 */
export class Wire extends Transform {
  /** The last byte was a CR that is out already; whether it was bare, the next byte tells. */
  #afterCr = false
  #last: number | undefined

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const pieces: Buffer[] = []
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]
      if (this.#afterCr) {
        this.#afterCr = byte === CR
        if (byte !== LF) {
          pieces.push(chunk.subarray(from, at), LONE_LF)
          from = at
        }
      } else if (byte === CR) {
        this.#afterCr = true
      } else if (byte === LF) {
        pieces.push(chunk.subarray(from, at), CRLF)
        from = at + 1
      }
    }
    this.#last = chunk.at(-1) ?? this.#last
    pieces.push(chunk.subarray(from))
    done(null, pieces.length === 1 ? chunk : Buffer.concat(pieces))
  }

  override _flush(done: TransformCallback): void {
    if (this.#afterCr) {
      done(null, LONE_LF)
    } else if (this.#last === undefined || this.#last === LF) {
      done()
    } else {
      done(null, CRLF)
    }
  }
}
