import { IntegrityError } from '#errors'

/**
 * Lengths of a blob's sealed segments in bytes, in order. As text: JSON of runs `[[count, length], …]`, since all but
 * the last are about equally long; a blob of 5 GB needs half a line.
 */
export class SegmentTable {
  #runs: [count: number, length: number][] = []

  /** @throws IntegrityError `E_BLOB_ROW` when the text is not a segment table */
  static parse(text: string): SegmentTable {
    const table = new SegmentTable()
    try {
      for (const run of JSON.parse(text) as unknown[]) {
        const [count, length] = run as [number, number]
        if (![count, length].every((number) => Number.isSafeInteger(number) && number > 0)) {
          throw new RangeError('not a run')
        }
        table.#runs.push([count, length])
      }
    } catch (cause) {
      throw new IntegrityError('E_BLOB_ROW', 'The segment table of a blob is malformed', { cause })
    }
    return table
  }

  append(length: number): void {
    const run = this.#runs.at(-1)
    if (run?.[1] === length) run[0]++
    else this.#runs.push([1, length])
  }

  get count(): number {
    return this.#runs.reduce((sum, [count]) => sum + count, 0)
  }

  /** Length of all segments together in bytes. */
  get bytes(): number {
    return this.#runs.reduce((sum, [count, length]) => sum + count * length, 0)
  }

  /** Where segment `index` lies, in bytes from the start of the sealed blob. */
  locate(index: number): { offset: number; length: number } {
    let offset = 0
    let before = 0
    for (const [count, length] of this.#runs) {
      if (index < before + count) return { offset: offset + (index - before) * length, length }
      offset += count * length
      before += count
    }
    throw new RangeError(`No segment ${index}`)
  }

  toString(): string {
    return JSON.stringify(this.#runs)
  }
}
