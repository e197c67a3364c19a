/**
 * Reads the wire of one DATA command: removes dot-stuffing and finds the end (RFC 5321 sections 4.1.1.4, 4.5.2).
 *
 * A line ends with CRLF and with nothing else. So only CRLF.CRLF ends the data (or .CRLF as its first line), only a
 * dot after CRLF is transparency, and every other byte comes out as it came in, bare CR, bare LF and NUL included.
 * Where chunks are cut makes no difference. What looks like an end to a more lenient server is content here, and it
 * must be refused or made harmless before such a server sees it (bare_newlines.ts, `wire` of #archive).
 */

const CR = 0x0d
const LF = 0x0a
const DOT = 0x2e

const CRLF_DOT = Buffer.from('\r\n.')
const NOTHING = Buffer.alloc(0)
const LONE_CR = Buffer.from('\r')

/** What stands before the next byte. The withheld bytes of `dot` and `dotCr` are not out yet. */
type State = 'line' | 'cr' | 'lineStart' | 'dot' | 'dotCr'

export interface Read {
  /** Content in this chunk, unstuffed. */
  content: Buffer
  /** The data ended in this chunk. */
  ended: boolean
  /** What followed the end: commands that the client pipelined. */
  rest: Buffer
}

export class DataReader {
  #state: State = 'lineStart'

  /** Takes the next bytes from the wire; not to be called again after `ended`. */
  read(chunk: Buffer): Read {
    const pieces: Buffer[] = []
    let from = 0
    let at = 0

    while (at < chunk.length) {
      if (this.#state === 'line') {
        const found = chunk.indexOf(CRLF_DOT, at)
        if (found === -1) {
          this.#state = stateAfter(chunk, at)
          break
        }
        pieces.push(chunk.subarray(from, found + 2))
        at = from = found + 3
        this.#state = 'dot'
        continue
      }

      const byte = chunk[at]!
      switch (this.#state) {
        case 'cr':
          this.#state = byte === LF ? 'lineStart' : byte === CR ? 'cr' : 'line'
          at += 1
          break
        case 'lineStart':
          if (byte === DOT) {
            pieces.push(chunk.subarray(from, at))
            from = at + 1
            this.#state = 'dot'
          } else {
            this.#state = byte === CR ? 'cr' : 'line'
          }
          at += 1
          break
        case 'dot':
          if (byte === CR) {
            from = at + 1
            this.#state = 'dotCr'
          } else {
            this.#state = 'line'
          }
          at += 1
          break
        case 'dotCr':
          if (byte === LF) {
            return { content: joined(pieces), ended: true, rest: chunk.subarray(at + 1) }
          }
          // The line went on after all: its CR is content, and this byte is looked at again.
          pieces.push(LONE_CR)
          this.#state = 'cr'
          break
      }
    }

    const withheld = this.#state === 'dot' || this.#state === 'dotCr'
    if (!withheld) {
      pieces.push(chunk.subarray(from))
    }
    return { content: joined(pieces), ended: false, rest: NOTHING }
  }
}

/** The state after a chunk whose bytes from `at` on hold no CRLF followed by a dot. */
function stateAfter(chunk: Buffer, at: number): State {
  const last = chunk.length - 1
  if (chunk[last] === CR) {
    return 'cr'
  }
  return chunk[last] === LF && last > at && chunk[last - 1] === CR ? 'lineStart' : 'line'
}

function joined(pieces: Buffer[]): Buffer {
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
}
