import { delimiterPadding } from '../limits.ts'
import type { MimePart } from './tree.ts'

const LF = 0x0a
const CR = 0x0d
const TAB = 0x09
const SPACE = 0x20
const DASH = 0x2d

/** No open boundary matches the line. */
export const NO_MATCH = -1
/** The bytes end before it can be told. */
export const UNDECIDED = -2

interface Level {
  part: MimePart
  boundary: Buffer
  /** Whether a delimiter line of this multipart was seen. */
  used: boolean
  /** Whether it was closed: what follows is epilogue, in which its own delimiters no longer count. */
  closed: boolean
}

/**
 * The boundaries of the multiparts that are open, outermost first, and the question whether a line is one of their
 * delimiter lines (RFC 2046, 5.1.1). The innermost boundary is asked first. A delimiter of any enclosing multipart ends all below
 * it. The whole line has to match: a boundary that is the beginning of another does not catch its lines.
 */
export class Delimiters {
  readonly levels: Level[] = []
  /** What all delimiter lines begin with: what the scanner searches for. Empty when no multipart is open. */
  needle: Buffer = Buffer.alloc(0)

  /** About the last match: whether it closes the multipart, the offset behind its line, and how the line ends. */
  closing = false
  next = 0
  bareLf = false
  bareCr = false
  /** About the last line that did not match: the level whose boundary it begins with, or -1. */
  lookalike = -1
  /** About the last line that did not match: the closed level whose delimiter it would be, or -1. */
  afterEnd = -1

  push(part: MimePart, boundary: Buffer): void {
    this.levels.push({ part, boundary, used: false, closed: false })
    this.#renew()
  }

  /** Forgets the levels from `length` on. */
  truncate(length: number): void {
    this.levels.length = length
    this.#renew()
  }

  /**
   * Looks at the line that begins at `start` with two dashes. Returns the index of the level it belongs to, NO_MATCH or
   * UNDECIDED; the latter never when `final` says that no more bytes come.
   */
  match(bytes: Buffer, start: number, final: boolean): number {
    this.lookalike = -1
    this.afterEnd = -1
    for (let index = this.levels.length - 1; index >= 0; index--) {
      const outcome = this.#compare(bytes, start, index, final)
      if (outcome === UNDECIDED) return UNDECIDED
      if (outcome === index && !this.levels[index]!.closed) return index
      if (outcome === index) this.afterEnd = index
    }
    return NO_MATCH
  }

  #compare(bytes: Buffer, start: number, index: number, final: boolean): number {
    const boundary = this.levels[index]!.boundary
    const more = final ? NO_MATCH : UNDECIDED
    const length = bytes.length
    let at = start + 2
    for (let i = 0; i < boundary.length; i++, at++) {
      if (at >= length) return more
      if (bytes[at] !== boundary[i]) return NO_MATCH
    }
    // Only a closing delimiter may end the message without a line break.
    if (at >= length) return more
    this.closing = false
    const tail = at
    if (bytes[at] === DASH) {
      if (at + 1 >= length) return more
      if (bytes[at + 1] !== DASH) return this.#looksAlike(index)
      this.closing = true
      at += 2
    }
    const limit = tail + delimiterPadding
    while (at < length && at < limit && (bytes[at] === SPACE || bytes[at] === TAB)) at++
    const end = at
    // More than one CR is left by a second conversion of line ends.
    while (at < length && at < limit && bytes[at] === CR) at++
    this.bareLf = at === end
    this.bareCr = at - end > 1
    if (at >= length) {
      if (!final) return UNDECIDED
      if (!this.closing && at === end) return NO_MATCH
      this.next = at
      this.bareLf = false
      return index
    }
    if (bytes[at] !== LF) return this.#looksAlike(index)
    this.next = at + 1
    return index
  }

  #looksAlike(index: number): number {
    if (this.lookalike < 0) this.lookalike = index
    return NO_MATCH
  }

  #renew(): void {
    const first = this.levels[0]?.boundary
    if (!first) {
      this.needle = Buffer.alloc(0)
      return
    }
    let shared = first.length
    for (const { boundary } of this.levels) {
      let same = 0
      while (same < shared && same < boundary.length && boundary[same] === first[same]) same++
      shared = same
    }
    this.needle = Buffer.concat([Buffer.from('--'), first.subarray(0, shared)])
  }
}
