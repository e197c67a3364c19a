import { IntegrityError } from '#errors'

/**
 * Equally long segments in a row: how many, their length at rest, and their length as plain text. Where the last is left
 * out, each has the blob's segment size, and the blob's last segment has the rest.
 */
type Run = [count: number, length: number, plain?: number]

/** Where a segment lies at rest, and which part of the plain text it holds; all in bytes. */
export interface SegmentSpan {
  index: number
  last: boolean
  offset: number
  length: number
  from: number
  plain: number
}

/**
 * Lengths of a blob's segments in bytes, in order. As text: JSON of runs `[[count, length], …]` or
 * `[[count, length, plain], …]`, since most are equally long; a blob of 5 GB needs half a line.
 */
export class SegmentTable {
  #runs: Run[] = []
  #count = 0
  #bytes = 0

  /** @throws IntegrityError `E_BLOB_ROW` when the text is not a segment table */
  static parse(text: string): SegmentTable {
    const table = new SegmentTable()
    try {
      for (const run of JSON.parse(text) as unknown[]) {
        const [count, length, plain] = run as Run
        if (![count, length].every((number) => Number.isSafeInteger(number) && number > 0)) {
          throw new RangeError('not a run')
        }
        if (plain !== undefined && !(Number.isSafeInteger(plain) && plain >= 0)) {
          throw new RangeError('not a length')
        }
        table.#add(plain === undefined ? [count, length] : [count, length, plain])
      }
    } catch (cause) {
      throw new IntegrityError('E_BLOB_ROW', 'The segment table of a blob is malformed', { cause })
    }
    return table
  }

  /** @param plain where segments may be of any length */
  append(length: number, plain?: number): void {
    const run = this.#runs.at(-1)
    if (run?.[1] !== length || run[2] !== plain) {
      return this.#add(plain === undefined ? [1, length] : [1, length, plain])
    }
    run[0]++
    this.#count++
    this.#bytes += length
  }

  get count(): number {
    return this.#count
  }

  /** Runs of equally long segments: what the table takes as text. */
  get runs(): number {
    return this.#runs.length
  }

  /** Length of all segments together at rest, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Segments that are said to hold less than `plain` bytes of plain text. */
  shorterThan(plain: number): number {
    return this.#runs.reduce((sum, [count, , size]) => sum + (size! < plain ? count : 0), 0)
  }

  /**
   * Whether these segments hold `size` bytes of plain text: each as long as is said or else `segmentSize`, none empty but
   * the only one of an empty blob.
   */
  holds(size: number, segmentSize: number): boolean {
    let from = 0
    for (const span of this.from(0, size, segmentSize)) {
      if (span.plain > segmentSize) return false
      if (span.plain <= 0 && !(size === 0 && this.#count === 1)) return false
      from += span.plain
    }
    return this.#count > 0 && from === size
  }

  /** The segments in order, from the one that holds byte `start` of the plain text. */
  *from(start: number, size: number, segmentSize: number): Generator<SegmentSpan> {
    let index = 0
    let offset = 0
    let from = 0
    for (const [count, length, given] of this.#runs) {
      const plain = given ?? segmentSize
      const passed = plain > 0 ? Math.floor((start - from) / plain) : 0
      const skipped = Math.min(Math.max(0, passed), count)
      for (let at = skipped; at < count; at++) {
        const last = index + at === this.#count - 1
        const begin = from + at * plain
        yield {
          index: index + at,
          last,
          offset: offset + at * length,
          length,
          from: begin,
          plain: given ?? (last ? size - begin : segmentSize),
        }
      }
      index += count
      offset += count * length
      from += count * plain
    }
  }

  toString(): string {
    return JSON.stringify(this.#runs)
  }

  #add(run: Run): void {
    this.#runs.push(run)
    this.#count += run[0]
    this.#bytes += run[0] * run[1]
  }
}
